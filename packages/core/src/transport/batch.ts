import type { TopicPartition } from '../positions/index.js';
import type { HeaderPair, Payload } from './payload.js';

/**
 * Messages of one partition, in offset order, read by column. Nothing is made before it is asked for: no object for
 * a message, no `Buffer` for a value that is read as text. A batch stays readable until it is dropped, whatever
 * happens to the consumer that gave it.
 */
export interface Batch extends TopicPartition {
  readonly length: number;
  /** Bytes of all keys and values, for bounds on memory. */
  readonly sizeBytes: number;
  offset(index: number): number;
  /** Milliseconds since 1970; −1 when the message carries none. */
  timestamp(index: number): number;
  key(index: number): Buffer | null;
  /** `null` is a tombstone; an empty value is an empty buffer. */
  value(index: number): Buffer | null;
  /** The key as UTF-8 text; malformed bytes become U+FFFD. */
  keyText(index: number): string | null;
  /** The key to be written into another message, in the form that costs least: text, or bytes that may be a view of the batch. */
  keyToPassOn(index: number): Payload;
  valueText(index: number): string | null;
  headers(index: number): readonly HeaderPair[];
  /** Whether a message has a header of this name. Asked of every message: it costs next to nothing where there are no headers. */
  hasHeader(index: number, name: string): boolean;
}
