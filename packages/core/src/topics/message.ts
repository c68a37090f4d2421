import type { Codec } from '../codecs/index.js';
import { CodecError, reason } from '../errors/index.js';
import type { Input } from '../records/index.js';
import type { HeaderPair, Payload } from '../transport/index.js';

/** What may be given for a value of type T: the data of a record as a plain object, bytes as text. */
export type Sendable<T> = T extends Uint8Array ? Uint8Array | string : Input<T>;

/** Headers as a user writes them. */
export type HeadersInput = Readonly<Record<string, string | Uint8Array>>;

/** A message to be sent. */
export interface Message<K, V> {
  readonly key?: Sendable<K> | null;
  /** `null` writes a tombstone. */
  readonly value: Sendable<V> | null;
  /** @default the partition of the key, as Java's murmur2 has it; any one without a key */
  readonly partition?: number;
  /** Milliseconds since 1970, or a date. @default now */
  readonly timestamp?: number | Date;
  readonly headers?: HeadersInput;
}

/** A key or value in the form that the transport takes. `null` and `undefined` are no key, or a tombstone. */
export function encode(codec: Codec<unknown>, value: unknown, what: string): Payload {
  if (value === null || value === undefined) return null;
  try {
    return codec.encode(value);
  } catch (cause) {
    throw new CodecError(`cannot encode ${what} with ${codec.name ?? 'its codec'}: ${reason(cause)}`, { cause });
  }
}

/** Headers as the transport takes them. */
export function headerPairs(headers: HeadersInput | undefined): readonly HeaderPair[] | undefined {
  if (headers === undefined) return undefined;
  const pairs = Object.entries(headers).map(([name, value]): HeaderPair => {
    if (typeof value !== 'string' && !(value instanceof Uint8Array))
      throw new CodecError(`header '${name}' must be text or bytes, got ${value === null ? 'null' : typeof value}`);
    return [name, typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
  });
  return pairs.length === 0 ? undefined : pairs;
}

/** A timestamp in milliseconds. */
export function timestampMs(timestamp: number | Date | undefined): number | undefined {
  const ms = timestamp instanceof Date ? timestamp.getTime() : timestamp;
  if (ms !== undefined && (!Number.isFinite(ms) || ms < 0)) throw new CodecError(`a timestamp must be milliseconds since 1970, got ${ms}`);
  return ms === undefined ? undefined : Math.trunc(ms);
}
