import { type Derived, DerivedBatch } from '../../streams/index.js';
import { CellEvents } from './cell-events.js';
import type { KeptEventsParts } from './kept-events.js';

export type ShardEventsParts = KeptEventsParts;

/** Entries of a shard from which events are derived, each in a cell of its own. */
export abstract class ShardEvents extends CellEvents<Derived> {
  protected batchOf(events: readonly Derived[]): DerivedBatch {
    return new DerivedBatch(this.topic, this.shard.changelog.partition, events);
  }
}
