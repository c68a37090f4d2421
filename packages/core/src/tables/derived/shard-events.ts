import { type Derived, DerivedBatch } from '../../streams/index.js';
import { KeptEvents, type KeptEventsParts } from './kept-events.js';

export type ShardEventsParts = KeptEventsParts;

/** Entries of a shard from which events are derived. */
export abstract class ShardEvents extends KeptEvents<Derived> {
  protected batchOf(events: readonly Derived[]): DerivedBatch {
    return new DerivedBatch(this.topic, this.shard.changelog.partition, events);
  }
}
