import type { Batch, HeaderPair, Payload } from '@weir/core/internal/transport';

/** Methods that Node's buffers have, though nobody declares them: no checks, no views. */
interface Slices {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/** Up to so many bytes, the view that is needed to copy them costs more than they do. */
const shortMax = 32;

/** Up to so many characters a part of a text is a copy; a longer one is a view, which would keep the whole text (V8's `SlicedString`). */
const copiedMax = 12;
/** Up to so many bytes a message on average, a text of the whole batch costs less than calls for its parts do. */
const meanMax = 64;

/** What the addon hands over for one partition. */
export interface Columns {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  /** Bytes of all keys and values. */
  readonly sizeBytes: number;
  /** Whether those are ASCII, so that text can be read without decoding. */
  readonly isAscii: boolean;
  readonly hasHeaders: boolean;
  /**
   * Offsets and timestamps as doubles; then as 32-bit integers start, length of the key and length of the value, −1 for none; then
   * where headers are, −1 for none, when there are any; then the bytes.
   */
  readonly memory: ArrayBuffer;
}

/** Messages of one partition in one piece of memory of their own. */
export class FastBatch implements Batch {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  readonly sizeBytes: number;
  readonly #numbers: Float64Array;
  readonly #places: Int32Array;
  readonly #bytes: Buffer & Slices;
  readonly #headerPlaces: Int32Array | undefined;
  readonly #isAscii: boolean;
  /** Up to how long texts are cut out of one of all keys and values; that is made when the first of them is read. */
  readonly #cutMax: number;
  #whole: string | undefined;

  constructor({ topic, partition, length, sizeBytes, isAscii, hasHeaders, memory }: Columns) {
    this.topic = topic;
    this.partition = partition;
    this.length = length;
    this.sizeBytes = sizeBytes;
    this.#isAscii = isAscii;
    this.#cutMax = isAscii && sizeBytes <= length * meanMax ? copiedMax : -1;
    this.#numbers = new Float64Array(memory, 0, 2 * length);
    this.#places = new Int32Array(memory, 16 * length, 3 * length);
    this.#headerPlaces = hasHeaders ? new Int32Array(memory, 28 * length, length) : undefined;
    this.#bytes = Buffer.from(memory, (hasHeaders ? 32 : 28) * length) as Buffer & Slices;
  }

  offset(index: number): number {
    this.#check(index);
    return this.#numbers[index]!;
  }

  timestamp(index: number): number {
    this.#check(index);
    return this.#numbers[this.length + index]!;
  }

  key(index: number): Buffer | null {
    this.#check(index);
    return this.#copy(this.#places[3 * index]!, this.#places[3 * index + 1]!);
  }

  value(index: number): Buffer | null {
    this.#check(index);
    return this.#copy(this.#valueStart(index), this.#places[3 * index + 2]!);
  }

  keyToPassOn(index: number): Payload {
    this.#check(index);
    const [start, length] = [this.#places[3 * index]!, this.#places[3 * index + 1]!];
    return this.#isAscii || length < 0 ? this.#text(start, length) : this.#bytes.subarray(start, start + length);
  }

  keyText(index: number): string | null {
    this.#check(index);
    return this.#text(this.#places[3 * index]!, this.#places[3 * index + 1]!);
  }

  valueText(index: number): string | null {
    this.#check(index);
    return this.#text(this.#valueStart(index), this.#places[3 * index + 2]!);
  }

  headers(index: number): readonly HeaderPair[] {
    this.#check(index);
    const pairs: HeaderPair[] = [];
    this.#eachHeader(index, (name, start, length) => {
      pairs.push([name, this.#copy(start, length)]);
      return false;
    });
    return pairs;
  }

  hasHeader(index: number, name: string): boolean {
    this.#check(index);
    if (this.#headerPlaces === undefined) return false;
    return this.#eachHeader(index, (each) => each === name);
  }

  #valueStart(index: number): number {
    const keyLength = this.#places[3 * index + 1]!;
    return this.#places[3 * index]! + (keyLength > 0 ? keyLength : 0);
  }

  #text(start: number, length: number): string | null {
    if (length < 0) return null;
    if (length <= this.#cutMax) {
      this.#whole ??= this.#bytes.latin1Slice(0, this.sizeBytes);
      return this.#whole.substring(start, start + length);
    }
    return this.#isAscii ? this.#bytes.latin1Slice(start, start + length) : this.#bytes.utf8Slice(start, start + length);
  }

  /** A copy: whoever keeps a key would keep the whole batch with a view. */
  #copy(start: number, length: number): Buffer | null {
    if (length < 0) return null;
    if (length > shortMax) return Buffer.from(this.#bytes.subarray(start, start + length));
    const copy = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) copy[index] = this.#bytes[start + index]!;
    return copy;
  }

  /** @returns whether `look` has said true, which ends it */
  #eachHeader(index: number, look: (name: string, start: number, length: number) => boolean): boolean {
    let at = this.#headerPlaces?.[index] ?? -1;
    if (at < 0) return false;
    const next = (): number => {
      const value = this.#bytes.readInt32LE(at);
      at += 4;
      return value;
    };
    for (let left = next(); left > 0; left--) {
      const nameLength = next();
      const name = this.#bytes.utf8Slice(at, at + nameLength);
      at += nameLength;
      const length = next();
      if (look(name, at, length)) return true;
      at += Math.max(length, 0);
    }
    return false;
  }

  #check(index: number): void {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`a batch of ${this.length} messages has none at ${index}`);
  }
}
