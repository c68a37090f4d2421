import type { Batch, HeaderPair, Payload } from '../transport/index.js';
import type { BatchEvent, EventSource } from './event.js';

/** What a partition group has in its state and gives to an agent as an event. */
export interface Kept {
  /** Tells it from others of its source while it is not at its end; the same one after a rewind. */
  readonly sequence: number;
  /** Whether it is there still: else there is nothing to be done. */
  readonly isThere?: () => boolean;
}

/** An event that is in the state of a partition group until it is at its end. */
export interface KeptEvent extends BatchEvent {
  readonly derived: Kept;
}

/** Events of one source and partition that come out of the state of a group, in their order. */
export abstract class KeptBatch<K extends Kept = Kept> implements Batch {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly events: readonly K[],
  ) {}

  /** Makes an event of one. */
  abstract eventAt(source: EventSource, index: number, ticket: number): KeptEvent;
  abstract timestamp(index: number): number;
  abstract key(index: number): Buffer | null;
  abstract value(index: number): Buffer | null;
  abstract keyText(index: number): string | null;
  abstract keyToPassOn(index: number): Payload;
  abstract valueText(index: number): string | null;
  abstract headers(index: number): readonly HeaderPair[];
  abstract hasHeader(index: number, name: string): boolean;

  get length(): number {
    return this.events.length;
  }

  get sizeBytes(): number {
    return 0;
  }

  offset(index: number): number {
    return this.events[index].sequence;
  }
}
