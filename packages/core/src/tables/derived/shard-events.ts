import type { Attempt } from '../../attempts/index.js';
import type { DerivedSource } from '../../lanes/index.js';
import { type Derived, DerivedBatch, type DerivedEvent } from '../../streams/index.js';
import type { Cell } from '../cell.js';
import type { Shard } from '../shard.js';
import type { TableWrites } from '../table-writes.js';

/** So many may be with their handlers at once. */
const inHandMax = 2_000;

export interface ShardEventsParts {
  /** How its events stand in lists: `per-minute.closed`. */
  readonly topic: string;
  readonly shard: Shard;
  /** What an attempt changes in the shards of the group. */
  readonly writesOf: (attempt: Attempt) => TableWrites;
  /** Whether an agent handles them. */
  readonly isRead: boolean;
}

interface CellEvent extends Derived {
  readonly cell: Cell;
}

/** Entries of a shard that stand for events: each leaves with the attempt that handles it. */
export abstract class ShardEvents implements DerivedSource {
  readonly topic: string;
  protected readonly shard: Shard;
  protected readonly isRead: boolean;
  readonly #writesOf: (attempt: Attempt) => TableWrites;
  /** By cell key, for as long as it is not gone: the event is the same one after a rewind. */
  readonly #sequences = new Map<string, number>();
  #nextSequence = 0;
  /** How many are with their handlers. */
  #inHand = 0;
  /** Gone in the open generation, and in the closed one. */
  #gone: string[] = [];
  #committing: string[] = [];
  #due: (() => void) | undefined;

  constructor({ topic, shard, writesOf, isRead }: ShardEventsParts) {
    this.topic = topic;
    this.shard = shard;
    this.isRead = isRead;
    this.#writesOf = writesOf;
  }

  /** Whether one may be due: it is not looked closely. */
  protected abstract get mayBeDue(): boolean;
  /** Takes out the cell key of one that is due, in their order; undefined where none is. It is not given twice. */
  protected abstract take(): string | undefined;
  /** One that was taken is not due yet: somebody is about to write it. */
  protected abstract putBack(cellKey: string): void;
  /** One that was taken is gone for good. */
  protected abstract forget(cellKey: string): void;
  /** Those that were taken and are not gone are there to be taken anew. */
  protected abstract takeAnew(): void;
  protected abstract eventOf(cell: Cell): Omit<Derived, 'sequence'>;

  /** Takes out what an event stands for. */
  protected remove(writes: TableWrites, cell: Cell): void {
    writes.write(this.shard, cell, undefined);
  }

  whenDue(listener: () => void): void {
    this.#due = listener;
  }

  /** Something has happened for which one may be due. */
  look(): void {
    if (this.isRead && this.mayBeDue && this.#inHand < inHandMax) this.#due?.();
  }

  next(max: number): DerivedBatch | undefined {
    if (!this.isRead) return undefined;
    const events: CellEvent[] = [];
    const busy: string[] = [];
    while (events.length < max && this.#inHand < inHandMax) {
      const cellKey = this.take();
      if (cellKey === undefined) break;
      const cell = this.shard.find(cellKey);
      if (cell?.value !== undefined) events.push(this.#event(cell));
      else this.#absent(cellKey, cell, busy);
    }
    for (const cellKey of busy) this.putBack(cellKey);
    return events.length === 0 ? undefined : new DerivedBatch(this.topic, this.shard.changelog.partition, events);
  }

  #absent(cellKey: string, cell: Cell | undefined, busy: string[]): void {
    // One that was deleted and is not committed: a rewind may bring it back.
    if (cell?.dirt !== undefined) this.#gone.push(cellKey);
    else if (cell !== undefined && cell.pins > 0) busy.push(cellKey);
    else this.forget(cellKey);
  }

  #event(cell: Cell): CellEvent {
    this.#inHand++;
    return { ...this.eventOf(cell), cell, sequence: this.#sequenceOf(cell.key) };
  }

  #sequenceOf(cellKey: string): number {
    const known = this.#sequences.get(cellKey);
    if (known !== undefined) return known;
    this.#sequences.set(cellKey, this.#nextSequence);
    return this.#nextSequence++;
  }

  settle(attempt: Attempt, event: DerivedEvent): void {
    this.remove(this.#writesOf(attempt), (event.derived as CellEvent).cell);
  }

  settled(event: DerivedEvent): void {
    this.#inHand--;
    this.isGone((event.derived as CellEvent).cell.key);
    this.look();
  }

  /** One that was taken is gone, unless a rewind brings it back. */
  protected isGone(cellKey: string): void {
    this.#gone.push(cellKey);
  }

  prepare(): void {
    this.#committing.push(...this.#gone);
    this.#gone = [];
  }

  committed(): void {
    for (const cellKey of this.#committing) {
      this.#sequences.delete(cellKey);
      this.forget(cellKey);
    }
    this.#committing = [];
    this.look();
  }

  dropped(): void {
    this.#inHand = 0;
    this.#gone = [];
    this.#committing = [];
    this.takeAnew();
  }

  /** Takes out what is over and nobody handles; after each checkpoint. */
  async sweep(_isToStop: () => boolean): Promise<void> {}
}
