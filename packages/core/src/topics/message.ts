import { assertWellFormed, type Codec, disregard, notPayload, show } from '../codecs/index.js';
import type { Sendable } from '../definitions/index.js';
import { CodecError, reason } from '../errors/index.js';
import type { HeaderPair, Payload } from '../transport/index.js';

/** The value of a header as a user writes it; null is a header without a value. */
export type HeaderInput = string | Uint8Array | null;

/** Headers as a user writes them: by name, or as pairs, in which a name may occur several times. */
export type HeadersInput = Readonly<Record<string, HeaderInput>> | readonly (readonly [name: string, value: HeaderInput])[];

/** A message to be sent. */
export interface Message<K, V> {
  readonly key?: Sendable<K> | null;
  /** `null` writes a tombstone. */
  readonly value: Sendable<V> | null;
  /** @default the partition of the key, as Java's murmur2 has it; any one without a key */
  readonly partition?: number;
  /** Milliseconds since 1970, or a date. @default when it is written to its topic */
  readonly timestamp?: number | Date;
  readonly headers?: HeadersInput;
  /**
   * When it goes to its topic, in milliseconds since 1970 or as a Date; a time that is over is now. Until then it waits, over restarts of all workers. What sending
   * resolves with is where it stands in `<app>-delayed`. @default now
   */
  readonly at?: number | Date;
}

/** A key or value in the form that the transport takes. `null` and `undefined` are no key, or a tombstone. */
export function encode(codec: Codec<unknown>, value: unknown, what: string): Payload {
  if (value === null || value === undefined) return null;
  try {
    const encoded: unknown = codec.encode(value);
    if (typeof encoded === 'string' || encoded instanceof Uint8Array) return encoded;
    throw new CodecError(notPayload(encoded));
  } catch (cause) {
    disregard(value);
    throw new CodecError(`cannot encode ${what} with ${codec.name ?? 'its codec'}: ${reason(cause)}`, { cause });
  }
}

/** Headers as the transport takes them. */
export function headerPairs(headers: HeadersInput | undefined): readonly HeaderPair[] | undefined {
  if (headers === undefined) return undefined;
  if (typeof headers !== 'object' || headers === null)
    throw new CodecError(`headers must be an object, or pairs of name and value, got ${show(headers)}`);
  const given: readonly unknown[] = isPairs(headers) ? [...headers] : Object.entries(headers);
  return given.length === 0 ? undefined : given.map(headerPair);
}

function headerPair(pair: unknown): HeaderPair {
  const [name, value] = Array.isArray(pair) ? (pair as [unknown, HeaderInput]) : [];
  if (typeof name !== 'string') throw new CodecError(`headers must be an object, or pairs of name and value, got ${show(pair)} among them`);
  return [name, headerBytes(name, value as HeaderInput)];
}

/** Whatever gives pairs will do, a `Map` too: it has no members of its own, and its headers would be lost. */
function isPairs(headers: HeadersInput): headers is readonly (readonly [string, HeaderInput])[] {
  return Symbol.iterator in headers;
}

function headerBytes(name: string, value: HeaderInput): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string') {
    assertWellFormed(value, `header '${name}'`);
    return Buffer.from(value);
  }
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new CodecError(`header '${name}' must be text, bytes or null, got ${typeof value}`);
}

/** The number of a partition. */
export function partitionNumber(partition: number | undefined): number | undefined {
  if (partition === undefined || (Number.isInteger(partition) && partition >= 0)) return partition;
  throw new CodecError(`a partition must be a whole number from 0, got ${show(partition)}. Without one the key decides`);
}

/** A timestamp in milliseconds. */
export function timestampMs(timestamp: number | Date | undefined): number | undefined {
  const ms = timestamp instanceof Date ? timestamp.getTime() : timestamp;
  if (ms !== undefined && (!Number.isFinite(ms) || ms < 0)) throw new CodecError(`a timestamp must be milliseconds since 1970, got ${ms}`);
  return ms === undefined ? undefined : Math.trunc(ms);
}
