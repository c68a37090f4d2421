import type { HeaderPair, Payload } from '../transport/index.js';
import { BatchEvent, type Event, type EventSource } from './event.js';
import { type Kept, KeptBatch } from './kept.js';

/** A window of a key. */
export interface KeyedWindow<K = unknown> {
  readonly key: K;
  /** Milliseconds since 1970, inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** An event of a window of a table. It has no offset (−1) and no headers of its own. */
export interface WindowEvent<K = unknown, V = unknown> extends Omit<Event<K, V>, 'key'> {
  readonly key: K;
  readonly window: KeyedWindow<K>;
  /** Whether it came when its window was closed. */
  readonly isLate: boolean;
}

/** An event that a partition group derives from its state: it comes out of no log. */
export interface Derived extends Kept {
  /** As it is written. */
  readonly key: Payload;
  /** The value for one attempt: nobody else is given it, unless it is frozen. */
  readonly read: () => unknown;
  /** The value as it is written, for dead letters. */
  readonly write: () => Payload;
  /** Its event time, in milliseconds since 1970. */
  readonly time: number;
  /** Given a decoded key: what handlers are told beside the value. */
  readonly about: (key: unknown) => Readonly<Record<string, unknown>>;
  /** What its dead letter tells beside key and value. */
  readonly letterHeaders: () => readonly HeaderPair[];
}

/** Derived events of one source and partition, in their order. */
export class DerivedBatch extends KeptBatch<Derived> {
  override eventAt(source: EventSource, index: number, ticket: number): DerivedEvent {
    return new DerivedEvent(source, this, index, ticket);
  }

  timestamp(index: number): number {
    return this.events[index].time;
  }

  key(index: number): Buffer | null {
    return bytesOf(this.events[index].key);
  }

  value(index: number): Buffer | null {
    return bytesOf(this.events[index].write());
  }

  keyText(index: number): string | null {
    const { key } = this.events[index];
    return typeof key === 'string' ? key : (bytesOf(key)?.toString() ?? null);
  }

  keyToPassOn(index: number): Payload {
    return this.events[index].key;
  }

  valueText(index: number): string | null {
    return this.value(index)?.toString() ?? null;
  }

  headers(): readonly HeaderPair[] {
    return [];
  }

  hasHeader(): boolean {
    return false;
  }
}

function bytesOf(payload: Payload): Buffer | null {
  if (payload === null) return null;
  return typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** A derived event in its lane. What handlers are given of it has no offset. */
export class DerivedEvent extends BatchEvent {
  readonly derived: Derived;
  readonly #source: EventSource;

  constructor(source: EventSource, batch: DerivedBatch, index: number, ticket: number) {
    super(source, batch, index, ticket);
    this.#source = source;
    this.derived = batch.events[index];
  }

  override fresh(attempt: object): DerivedEvent {
    const event = new DerivedEvent(this.#source, this.batch as DerivedBatch, this.index, this.ticket);
    event.attempt = attempt;
    return event;
  }

  override get position(): { topic: string; partition: number; offset: number } {
    return { topic: this.topic, partition: this.partition, offset: -1 };
  }

  override get shown(): Event<unknown, unknown> {
    return new ShownEvent(this);
  }

  override decodeValue(): boolean {
    if (this.derived.isThere?.() === false) return false;
    this.value = this.derived.read();
    return true;
  }
}

/** What a handler is given of a derived event. */
class ShownEvent implements Event {
  readonly offset = -1;
  readonly headers = {};
  readonly headerPairs = [];
  readonly #event: DerivedEvent;

  constructor(event: DerivedEvent) {
    this.#event = event;
    Object.assign(this, event.derived.about(event.key));
  }

  get key(): unknown {
    return this.#event.key;
  }

  get value(): unknown {
    return this.#event.value;
  }

  get topic(): string {
    return this.#event.topic;
  }

  get partition(): number {
    return this.#event.partition;
  }

  get timestamp(): number {
    return this.#event.timestamp;
  }

  get time(): number {
    return this.#event.time;
  }

  get signal(): AbortSignal {
    return this.#event.signal;
  }

  forward(...given: Parameters<Event['forward']>): ReturnType<Event['forward']> {
    return this.#event.forward(...(given as Parameters<BatchEvent['forward']>));
  }
}
