import type { Payload } from '@weir/core/internal/transport';
import type { Outbound } from '../producer/outbound.js';
import { isNone } from '../producer/payload.js';
import type { Attached } from './attach.js';

/** What Node's buffers have, though nobody declares it. */
interface Utf8Writer {
  utf8Write(text: string, start: number): number;
}

const messagesMax = 2_048;
const bytesMax = 512 * 1_024;
/** Text grows to three bytes a character at most. */
const bytesPerCharacter = 3;
/** Up to so many characters, a call to write them costs more than they do. */
const shortMax = 24;
const asciiMax = 0x7f;
const columnsPerMessage = 7;
/** Columns of a message: see `native/src/give.h`. */
const [topicColumn, partitionColumn, startColumn, keyColumn, valueColumn, headersColumn, idColumn] = [0, 1, 2, 3, 4, 5, 6];

/** Messages on their way to the addon: written into one buffer that is used again and again, and given in one call. */
export class Outbox {
  readonly #attached: Attached;
  readonly #columns = new Int32Array(messagesMax * columnsPerMessage);
  readonly #timestamps = new Float64Array(messagesMax);
  readonly #standard = Buffer.allocUnsafeSlow(bytesMax) as Buffer & Utf8Writer;
  /** The standard one, or a larger one for a message that does not fit. */
  #bytes = this.#standard;
  #length = 0;
  #end = 0;
  #topics: string[] = [];
  readonly #topicNumbers = new Map<string, number>();
  #lastTopic = '';
  #lastTopicNumber = -1;

  constructor(attached: Attached) {
    this.#attached = attached;
  }

  /**
   * Writes a message that is not large.
   * @param partition −1 where the key decides
   * @param timestamp 0 for now
   * @param id 0 or less: told only of a failure
   * @returns false when there is no room: hand over first
   */
  append(topic: string, partition: number, key: Payload, value: Payload, timestamp: number, id: number): boolean {
    const most = mostBytes(key) + mostBytes(value);
    if (this.#length === messagesMax || this.#end + most > this.#bytes.length) return false;
    const at = this.#begin(topic, partition, timestamp);
    this.#columns[at + keyColumn] = this.#write(key);
    this.#columns[at + valueColumn] = this.#write(value);
    this.#columns[at + headersColumn] = 0;
    this.#columns[at + idColumn] = id;
    return true;
  }

  /**
   * Writes any message.
   * @param id for its report; 0 or less where only a failure is of interest
   * @returns false when there is no room: hand over first
   */
  add({ topic, partition, key, value, timestamp, headers }: Outbound, id: number): boolean {
    const pairs = headers?.flatMap((header) => Object.entries(header)) ?? [];
    let most = mostBytes(key) + mostBytes(value);
    for (const [name, each] of pairs) most += 8 + name.length * bytesPerCharacter + each.length;
    if (this.#length === messagesMax) return false;
    if (this.#end + most > this.#bytes.length) {
      if (this.#length > 0) return false;
      this.#bytes = Buffer.allocUnsafeSlow(most) as Buffer & Utf8Writer;
    }
    const at = this.#begin(topic, partition ?? -1, timestamp ?? 0);
    this.#columns[at + keyColumn] = this.#write(key);
    this.#columns[at + valueColumn] = this.#write(value);
    const start = this.#end;
    for (const [name, each] of pairs) this.#writeHeader(name, each);
    this.#columns[at + headersColumn] = this.#end - start;
    this.#columns[at + idColumn] = id;
    return true;
  }

  /**
   * Gives everything to the addon.
   * @returns false when too much is on its way already: it stays here
   */
  handOver(): boolean {
    if (this.#length === 0) return true;
    const { addon, number } = this.#attached;
    // Where the client is gone, so is what is here; whoever closed it has told those who wait.
    if (addon.give(number, this.#topics, this.#bytes, this.#columns, this.#timestamps, this.#length) === false) return false;
    this.#empty();
    return true;
  }

  /** Forgets what librdkafka does not have. @returns the ids among it */
  clear(): number[] {
    const { addon, number } = this.#attached;
    const ids = [...addon.takeBack(number)];
    for (let index = 0; index < this.#length; index++) {
      const id = this.#columns[index * columnsPerMessage + idColumn]!;
      if (id > 0) ids.push(id);
    }
    this.#empty();
    return ids;
  }

  #empty(): void {
    this.#bytes = this.#standard;
    this.#length = 0;
    this.#end = 0;
    if (this.#topics.length === 1) return;
    // A producer may write to many topics over time, but a call should open only those it needs.
    this.#topics = [];
    this.#topicNumbers.clear();
    this.#lastTopicNumber = -1;
  }

  #begin(topic: string, partition: number, timestamp: number): number {
    const at = this.#length * columnsPerMessage;
    this.#columns[at + topicColumn] = this.#numberOf(topic);
    this.#columns[at + partitionColumn] = partition;
    this.#columns[at + startColumn] = this.#end;
    this.#timestamps[this.#length] = Number.isFinite(timestamp) ? timestamp : 0;
    this.#length += 1;
    return at;
  }

  #numberOf(topic: string): number {
    if (topic === this.#lastTopic && this.#lastTopicNumber >= 0) return this.#lastTopicNumber;
    let found = this.#topicNumbers.get(topic);
    if (found === undefined) {
      found = this.#topics.push(topic) - 1;
      this.#topicNumbers.set(topic, found);
    }
    this.#lastTopic = topic;
    this.#lastTopicNumber = found;
    return found;
  }

  #write(payload: Payload): number {
    if (payload === null) return -1;
    const start = this.#end;
    if (typeof payload === 'string') this.#end += this.#writeAscii(payload, start) ? payload.length : this.#bytes.utf8Write(payload, start);
    else {
      this.#bytes.set(payload, start);
      this.#end += payload.length;
    }
    return this.#end - start;
  }

  /** @returns false for a text that is long, or not ASCII */
  #writeAscii(text: string, start: number): boolean {
    if (text.length > shortMax) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > asciiMax) return false;
      bytes[start + index] = code;
    }
    return true;
  }

  #writeHeader(name: string, value: Buffer): void {
    const nameLength = this.#bytes.utf8Write(name, this.#end + 4);
    this.#bytes.writeInt32LE(nameLength, this.#end);
    this.#bytes.writeInt32LE(isNone(value) ? -1 : value.length, this.#end + 4 + nameLength);
    this.#end += 8 + nameLength;
    this.#write(value);
  }
}

function mostBytes(payload: Payload): number {
  if (payload === null) return 0;
  return typeof payload === 'string' ? payload.length * bytesPerCharacter : payload.length;
}
