import { Damage } from './damage.js';

/** Reads the numbers and texts that LevelDB writes one behind the other. @throws Damage beyond the end */
export class Varints {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Seven bits in a byte, the lowest first. */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 63; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Damage('a number goes beyond the end');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new Damage('a number has too many bytes');
  }

  /** So many bytes. */
  bytes(length: number): Buffer {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new Damage('a text goes beyond the end');
    return this.#bytes.subarray(from, this.#at);
  }

  /** A text behind its length. */
  text(): Buffer {
    return this.bytes(this.number());
  }
}
