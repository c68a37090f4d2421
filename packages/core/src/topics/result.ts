import { CodecError } from '../errors/index.js';
import type { HeadersInput } from './message.js';

/** Known by this, so that two copies of weir in a process understand each other. */
const mark = Symbol.for('weir:message');

/** What a result may say beside its value. */
export interface ResultParts<K, V> {
  /** Null writes no key. @default the key of the event that the result is for, byte for byte */
  readonly key?: K | null;
  /** Null writes a tombstone. */
  readonly value: V;
  /** Those that carry a trace (`traceparent`, `tracestate`, `baggage`) are the event's, unless they are given here. */
  readonly headers?: HeadersInput;
  /** @default the partition of the key */
  readonly partition?: number;
  /** Milliseconds since 1970, or a date. @default when it is written to its topic */
  readonly timestamp?: number | Date;
  /** When it goes to its topic, in milliseconds since 1970 or as a Date. @default now */
  readonly at?: number | Date;
}

/** A result that says more than its value; made by `message()`. */
export interface ResultMessage<K, V> extends ResultParts<K, V> {
  readonly kind: 'message';
}

/**
 * A result with a key and headers of its own: `return message({ key: order.customer, value: invoice, headers: { kind: 'new' } })`. Sinks that are topics write it so;
 * those that are functions are given its value.
 */
export function message<V, K = never>(parts: ResultParts<K, V>): ResultMessage<NonNullable<K>, V> {
  // One is made for each result: a spread costs half as much again, or more, and so does freezing it.
  const { key, value, headers, partition, timestamp, at } = parts as ResultParts<NonNullable<K>, V>;
  const made = { kind: 'message' as const, key, value, headers, partition, timestamp, at, [mark]: true, toJSON: refuseWithin };
  return made;
}

/** Whether a result was made by `message()`. */
export function isResultMessage(result: unknown): result is ResultMessage<unknown, unknown> {
  return typeof result === 'object' && result !== null && mark in result;
}

function refuseWithin(): never {
  throw new CodecError('a message() stands within a value. Return it by itself, or yield several from a generator');
}
