import type { HeaderPair, Payload } from '../transport/index.js';
import { BatchEvent, type EventSource } from './event.js';
import { type Kept, KeptBatch } from './kept.js';

/** A message that has left its lane, to be run later: byte for byte. Its sequence is its offset. */
export interface Parked extends Kept {
  /** The topic that it comes from. */
  readonly topic: string;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderPair[];
  /** Attempts that count. */
  readonly tries: number;
  /** Whether a message of it was refused. */
  readonly isRefused: boolean;
}

/** Parked messages of one topic and partition. */
export class ParkedBatch extends KeptBatch<Parked> {
  override eventAt(source: EventSource, index: number, ticket: number): ParkedEvent {
    return new ParkedEvent(source, this, index, ticket);
  }

  timestamp(index: number): number {
    return this.events[index].timestamp;
  }

  key(index: number): Buffer | null {
    return this.events[index].key;
  }

  value(index: number): Buffer | null {
    return this.events[index].value;
  }

  keyText(index: number): string | null {
    return this.events[index].key?.toString() ?? null;
  }

  keyToPassOn(index: number): Payload {
    return this.events[index].key;
  }

  valueText(index: number): string | null {
    return this.events[index].value?.toString() ?? null;
  }

  headers(index: number): readonly HeaderPair[] {
    return this.events[index].headers;
  }

  hasHeader(index: number, name: string): boolean {
    return this.events[index].headers.some(([each]) => each === name);
  }
}

/** A parked message in a lane of its own: to its handler it is what it was, with its topic and its offset. */
export class ParkedEvent extends BatchEvent {
  readonly derived: Parked;
  readonly #source: EventSource;

  constructor(source: EventSource, batch: ParkedBatch, index: number, ticket: number) {
    super(source, batch, index, ticket);
    this.#source = source;
    this.derived = batch.events[index];
  }

  override fresh(attempt: object): ParkedEvent {
    const event = new ParkedEvent(this.#source, this.batch as ParkedBatch, this.index, this.ticket);
    event.attempt = attempt;
    return event;
  }

  override get topic(): string {
    return this.derived.topic;
  }

  override decodeValue(): boolean {
    return this.derived.isThere?.() !== false && super.decodeValue();
  }
}
