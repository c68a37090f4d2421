import { assertUtf8, type Codec, mayBeMalformed } from '../codecs/index.js';
import type { OnEmpty, Reads, TopicDefinition } from '../definitions/index.js';
import { asError, DecodeError, reason } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import type { Message, Topic } from '../topics/index.js';
import type { Batch, HeaderPair, Outgoing } from '../transport/index.js';
import { visibleHeaders } from './replayed.js';

/**
 * Headers by name; of several with one name the last. One without a value is null, which is not in the types, for hardly any is.
 * `event.headerPairs` has them all, typed.
 */
export type Headers = Readonly<Record<string, Buffer>>;

/** A decoded message with its position. Keys and headers are decoded when they are asked for. */
export interface Event<K = unknown, V = unknown> extends Position {
  readonly key: K | null;
  readonly value: V;
  /** That of the message. Milliseconds since 1970. */
  readonly timestamp: number;
  /** When it happened: what `eventTime` or `@EventTime()` says, else the timestamp. Milliseconds since 1970. */
  readonly time: number;
  readonly headers: Headers;
  readonly headerPairs: readonly HeaderPair[];
  /** Aborted when the handler runs out of its `handlerTimeout`, or its partition goes before it is done. */
  readonly signal: AbortSignal;
  /** Writes this message to another topic byte for byte, headers and timestamp with it; a key or value given here takes the place of the old one. */
  forward<K2, V2>(
    topic: TopicDefinition<K2, V2> | Topic<K2, V2>,
    replace?: Partial<Pick<Message<NoInfer<K2>, NoInfer<V2>>, 'key' | 'value'>>,
  ): Promise<Position>;
}

/** Knows when events happened, where somebody goes by that. */
export interface TimesOfEvents {
  /** The event time of an event that is decoded. @throws EventTimeError, or whatever the application's function throws */
  of(event: BatchEvent): number;
}

/** What events need of the lane they come through: how to read them, and where `forward` goes. */
export interface EventSource {
  readonly keyCodec: Codec<unknown>;
  readonly valueCodec: Codec<unknown>;
  readonly onEmpty: OnEmpty;
  /** Makes of a decoded message what agents are given. @default its value */
  readonly reads?: Reads | undefined;
  /** Missing where the event time is the timestamp, and nobody goes by it. */
  readonly times?: TimesOfEvents | undefined;
  /** The signal of one run of a handler; made when it is first read. */
  signalOf(event: BatchEvent): AbortSignal;
  /** @param attempt in whose name the event is forwarded */
  forward(
    attempt: object | undefined,
    message: Outgoing,
    topic: TopicDefinition | Topic,
    replace: Partial<Pick<Message<unknown, unknown>, 'key' | 'value'>>,
  ): Promise<Position>;
}

/** One event of a batch. */
export class BatchEvent implements Event<unknown, unknown> {
  /** Decoded by the lane before the handler sees the event. */
  value: unknown = undefined;
  readonly batch: Batch;
  readonly index: number;
  /** The attempt that it was given to; undefined before that. What it forwards belongs to it. */
  attempt: object | undefined = undefined;
  /** When its handler was called, and its index among those that run; −1 for none. */
  since = 0;
  runningIndex = -1;
  /** The tracker's ticket. */
  readonly ticket: number;
  readonly #source: EventSource;
  #key: unknown = undefined;
  #time: number | undefined = undefined;

  constructor(source: EventSource, batch: Batch, index: number, ticket: number) {
    this.#source = source;
    this.batch = batch;
    this.index = index;
    this.ticket = ticket;
  }

  /** The same message for another attempt: nothing is left of what the one before has changed. */
  fresh(attempt: object): BatchEvent {
    const event = new BatchEvent(this.#source, this.batch, this.index, this.ticket);
    event.attempt = attempt;
    return event;
  }

  get topic(): string {
    return this.batch.topic;
  }

  get partition(): number {
    return this.batch.partition;
  }

  get offset(): number {
    return this.batch.offset(this.index);
  }

  /** Where it is, without what it holds. */
  get position(): Position {
    return { topic: this.topic, partition: this.partition, offset: this.offset };
  }

  get timestamp(): number {
    return this.batch.timestamp(this.index);
  }

  get time(): number {
    return this.#time ?? this.timestamp;
  }

  /** As handlers are given it. */
  get shown(): Event<unknown, unknown> {
    return this;
  }

  get key(): unknown {
    if (this.#key === undefined) this.#key = decode(this.#source.keyCodec, this.batch, this.index, 'key');
    return this.#key;
  }

  get headerPairs(): readonly HeaderPair[] {
    return visibleHeaders(this.batch, this.index);
  }

  get headers(): Headers {
    return Object.fromEntries(this.headerPairs) as Headers;
  }

  get signal(): AbortSignal {
    return this.#source.signalOf(this);
  }

  forward(topic: TopicDefinition | Topic, replace: Partial<Pick<Message<unknown, unknown>, 'key' | 'value'>> = {}): Promise<Position> {
    const { batch, index } = this;
    const headers = this.headerPairs;
    const copy = { topic: '', key: batch.key(index), value: batch.value(index), timestamp: batch.timestamp(index), headers };
    return this.#source.forward(this.attempt, copy, topic, replace);
  }

  /** Decodes the value for one try of the handler, whatever another has made of it; false says that the event is to be skipped. @throws DecodeError */
  decodeValue(): boolean {
    const { valueCodec, onEmpty, reads, times } = this.#source;
    this.#key = undefined;
    this.value = decode(valueCodec, this.batch, this.index, 'value');
    if (times !== undefined) this.#time = times.of(this);
    if (reads !== undefined) this.value = reads(this);
    if (this.value !== null || onEmpty === 'deliver' || this.batch.value(this.index) !== null) return true;
    if (onEmpty === 'skip') return false;
    throw new DecodeError(valueCodec.name ?? 'value', [{ path: '', expected: 'a value', received: 'a tombstone (null)' }]);
  }
}

function decode(codec: Codec<unknown>, batch: Batch, index: number, side: 'key' | 'value'): unknown {
  const decoded = decodeAny(codec, batch, index, side);
  if (!(decoded instanceof Promise)) return decoded;
  decoded.catch(() => undefined);
  const path = side === 'key' ? 'key' : '';
  throw new DecodeError(codec.name ?? side, [
    { path, expected: 'a codec that does not wait', received: 'a promise: its decode is asynchronous' },
  ]);
}

function decodeAny(codec: Codec<unknown>, batch: Batch, index: number, side: 'key' | 'value'): unknown {
  try {
    if (codec.form === 'text') {
      const text = side === 'key' ? batch.keyText(index) : batch.valueText(index);
      if (text === null) return null;
      if (mayBeMalformed(text)) assertUtf8((side === 'key' ? batch.key(index) : batch.value(index)) as Buffer, codec.name);
      return codec.decode(text);
    }
    const bytes = side === 'key' ? batch.key(index) : batch.value(index);
    return bytes === null ? null : codec.decode(bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause;
    const received = reason(asError(cause));
    throw new DecodeError(
      codec.name ?? side,
      [{ path: side === 'key' ? 'key' : '', expected: `bytes that ${codec.name ?? 'the codec'} can read`, received }],
      { cause },
    );
  }
}
