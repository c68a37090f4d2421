import type { Attempt } from '../../attempts/index.js';
import { asError } from '../../errors/index.js';
import type { DerivedSource } from '../../lanes/index.js';
import type { Kept, KeptBatch, KeptEvent } from '../../streams/index.js';
import type { Clock } from '../../time/index.js';
import type { Cell } from '../cell.js';
import type { Shard } from '../shard.js';
import type { TableWrites } from '../table-writes.js';
import { Alarm } from './alarm.js';

/** So many may be with their handlers at once. */
const inHandMax = 2_000;

export interface KeptEventsParts {
  /** How its events stand in lists: `per-minute.closed`. */
  readonly topic: string;
  readonly shard: Shard;
  /** What an attempt changes in the shards of the group. */
  readonly writesOf: (attempt: Attempt) => TableWrites;
  /** Whether an agent handles them. */
  readonly isRead: boolean;
  /** Missing where nothing becomes due by it. */
  readonly clock?: Clock;
}

/** The cell that an event stands in. */
interface InCell extends Kept {
  readonly cell: Cell;
  readonly id: string;
}

/** Entries of a shard that stand for events: mostly each leaves with the attempt that handles it. */
export abstract class KeptEvents<K extends Kept> implements DerivedSource {
  readonly topic: string;
  protected readonly shard: Shard;
  protected readonly isRead: boolean;
  readonly #writesOf: (attempt: Attempt) => TableWrites;
  /** By what is due, for as long as it is not gone: the event is the same one after a rewind. */
  readonly #sequences = new Map<string, number>();
  #nextSequence = 0;
  /** How many are with their handlers. */
  #inHand = 0;
  /** Gone in the open generation, and in the closed one. */
  #gone: string[] = [];
  #committing: string[] = [];
  readonly #alarm: Alarm | undefined;
  #due: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor({ topic, shard, writesOf, isRead, clock }: KeptEventsParts) {
    this.topic = topic;
    this.shard = shard;
    this.isRead = isRead;
    this.#writesOf = writesOf;
    if (clock === undefined) return;
    this.#alarm = new Alarm(
      clock,
      () => this.nextDue,
      () => this.look(),
    );
  }

  /** Whether one may be due: it is not looked closely. */
  protected abstract get mayBeDue(): boolean;
  /** When the next one is due by the clock; +∞ where none is. */
  protected get nextDue(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out what is due, in its order; undefined where nothing is. It is not given twice. @returns what tells it from others: mostly its cell key */
  protected abstract take(): string | undefined;
  /** One that was taken is not due yet: somebody is about to write it. */
  protected abstract putBack(id: string): void;
  /** One that was taken is gone for good. */
  protected abstract forget(id: string): void;
  /** Those that were taken and are not gone are there to be taken anew. */
  protected abstract takeAnew(): void;
  protected abstract eventOf(cell: Cell, id: string): Omit<K, 'sequence'>;
  protected abstract batchOf(events: readonly K[]): KeptBatch;

  /** The cell key of what is due. */
  protected cellKeyOf(id: string): string {
    return id;
  }

  /** The cell of what is due; undefined where its key is not there. */
  protected cellOf(id: string): Cell | undefined {
    return this.shard.find(this.cellKeyOf(id));
  }

  /** Whether a cell has what is due, and not something else by now. */
  protected isDue(_id: string, cell: Cell): boolean {
    return cell.value !== undefined;
  }

  /** Takes out what an event stands for. */
  protected remove(writes: TableWrites, cell: Cell): void {
    writes.write(this.shard, cell, undefined);
  }

  whenDue(listener: () => void): void {
    this.#due = listener;
  }

  /** Told when the store cannot be read in which they stand. */
  whenFailed(listener: (error: Error) => void): void {
    this.#failed = listener;
  }

  /** Something has happened for which one may be due. */
  look(): void {
    this.#alarm?.set();
    if (this.isRead && this.mayBeDue && this.#inHand < inHandMax) this.#due?.();
  }

  next(max: number): KeptBatch | undefined {
    try {
      return this.isRead ? this.#next(max) : undefined;
    } catch (error) {
      // No attempt has asked for it that could fail by it.
      this.#failed?.(asError(error));
      return undefined;
    } finally {
      this.#alarm?.set();
    }
  }

  #next(max: number): KeptBatch | undefined {
    const events: K[] = [];
    const busy: string[] = [];
    while (events.length < max && this.#inHand < inHandMax) {
      const id = this.take();
      if (id === undefined) break;
      const cell = this.cellOf(id);
      if (cell !== undefined && this.isDue(id, cell)) events.push(this.#event(id, cell));
      else this.#absent(id, cell, busy);
    }
    for (const id of busy) this.putBack(id);
    return events.length === 0 ? undefined : this.batchOf(events);
  }

  #absent(id: string, cell: Cell | undefined, busy: string[]): void {
    // One that was deleted and is not committed: a rewind may bring it back.
    if (cell?.dirt !== undefined) this.isGone(id);
    else if (cell !== undefined && cell.pins > 0) busy.push(id);
    else this.forget(id);
  }

  #event(id: string, cell: Cell): K {
    this.#inHand++;
    // A copy of what is made anew for each would cost more than the rest.
    const made = this.eventOf(cell, id) as { -readonly [Part in keyof InCell]?: InCell[Part] };
    made.isThere = () => this.isDue(id, cell);
    made.id = id;
    made.cell = cell;
    made.sequence = this.sequenceOf(id);
    return made as unknown as K;
  }

  /** The same one after a rewind. */
  protected sequenceOf(id: string): number {
    const known = this.#sequences.get(id);
    if (known !== undefined) return known;
    this.#sequences.set(id, this.#nextSequence);
    return this.#nextSequence++;
  }

  settle(attempt: Attempt, event: KeptEvent): void {
    const { id, cell } = event.derived as InCell;
    const writes = this.#writesOf(attempt);
    // What the attempt has written in its place stays.
    if (this.isDue(id, cell) && !writes.hasWritten(cell)) this.remove(writes, cell);
  }

  settled(event: KeptEvent): void {
    this.#inHand--;
    this.isGone((event.derived as InCell).id);
    this.look();
  }

  /** One that was taken is gone, unless a rewind brings it back. */
  protected isGone(id: string): void {
    this.#gone.push(id);
  }

  /** Whether something was handled, and that is not committed. */
  get isDirty(): boolean {
    return this.#gone.length > 0 || this.#committing.length > 0;
  }

  prepare(): void {
    this.#committing.push(...this.#gone);
    this.#gone = [];
  }

  committed(): void {
    for (const id of this.#committing) {
      this.#sequences.delete(id);
      this.forget(id);
    }
    this.#committing = [];
    this.look();
  }

  /** It is given up: nothing is due any more. */
  close(): void {
    this.#alarm?.close();
  }

  dropped(): void {
    this.#inHand = 0;
    this.#gone = [];
    this.#committing = [];
    this.takeAnew();
    this.#alarm?.set();
  }

  /** Whether something is over that nobody handles: a reason for a checkpoint, after which it is taken out. */
  get hasOver(): boolean {
    return false;
  }

  /** Takes out what is over and nobody handles; after each checkpoint. */
  async sweep(_isToStop: () => boolean): Promise<void> {}
}
