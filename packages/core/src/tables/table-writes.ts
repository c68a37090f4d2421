import type { Attempt, AttemptWrites } from '../attempts/index.js';
import type { Cell } from './cell.js';
import type { Shard } from './shard.js';
import type { Turnstile } from './turnstile.js';

/** Counts what has happened to something that several attempts go by. */
export interface Witness {
  version: number;
  /** How many unfinished attempts go by it. */
  pins: number;
}

/** What comes of an attempt that succeeds, beside what it has written to cells. */
export interface Effect {
  apply(): void;
}

/** Longer lists of cells are not kept. */
const keptMax = 100;

/**
 * What one attempt has read and changed of the shards of its group. It is checked when it is applied: an attempt that waited in between may have been
 * overtaken. One that did not wait pays a comparison for each key.
 */
export class TableWrites implements AttemptWrites {
  readonly #turnstile: Turnstile;
  readonly #released: (writes: TableWrites) => void;
  readonly #contended: (cell: Cell) => void;
  #attempt!: Attempt;
  /** The cells that it has read, with their versions then; the lists are kept for the next attempt, and only so much of them counts. */
  readonly #read: Cell[] = [];
  readonly #versions: number[] = [];
  #reads = 0;
  readonly #scanned: (readonly [scanned: { readonly version: number }, version: number])[] = [];
  /** Those that nobody else may have come by meanwhile. */
  readonly #alone: Witness[] = [];
  readonly #effects: Effect[] = [];
  /** What it changes. */
  readonly #cells: Cell[] = [];
  readonly #shards: Shard[] = [];
  readonly #values: unknown[] = [];
  #changes = 0;
  /** Indexes of changes to cells that another attempt had changed before. */
  #indexes: Map<Cell, number> | undefined;
  /** How many of its messages wait until it cannot be overtaken any more. */
  #unsettled = 0;
  #isOver = false;

  /**
   * @param turnstile that of its partition group
   * @param released told when it may serve another attempt
   * @param contended told what was changed of that which an attempt has read
   */
  constructor(turnstile: Turnstile, released: (writes: TableWrites) => void, contended: (cell: Cell) => void) {
    this.#turnstile = turnstile;
    this.#released = released;
    this.#contended = contended;
  }

  /** Serves an attempt. @throws Overtaken while another one must not be overtaken, and this one neither */
  begin(attempt: Attempt): void {
    this.#attempt = attempt;
    attempt.writes = this;
    if (!this.#turnstile.isInsisting(attempt)) return;
    const until = this.#turnstile.busyFor(this);
    if (until !== undefined) throw this.#turnstile.overtook(attempt, until);
    this.#turnstile.enter(this);
  }

  /** Whether the attempt has changed a cell. */
  hasWritten(cell: Cell): boolean {
    return this.#indexOf(cell) !== undefined;
  }

  /** What the attempt sees in a cell. */
  read(shard: Shard, cell: Cell): unknown {
    const index = this.#indexOf(cell);
    if (index !== undefined) return shard.decoded(cell, this.#values[index]);
    cell.pins++;
    this.#read[this.#reads] = cell;
    this.#versions[this.#reads++] = cell.version;
    return shard.valueOf(cell, this.#attempt.time);
  }

  /** The same, as it is kept, for whoever has noted by `scan` that it reads all of a shard. */
  peek(shard: Shard, cell: Cell): unknown {
    const index = this.#indexOf(cell);
    return index === undefined ? shard.current(cell, this.#attempt.time) : this.#values[index];
  }

  /** What was written to a shard before this time is gone for the attempt. */
  goneBefore(shard: Shard): number {
    return shard.goneBefore(this.#attempt.time);
  }

  /** The cells of a shard that the attempt has changed. */
  changed(shard: Shard): Cell[] {
    return this.#cells.filter((_, index) => this.#shards[index] === shard);
  }

  /** The attempt reads all of a shard. */
  scan(shard: Shard): void {
    this.#scanned.push([shard, shard.version]);
  }

  /** Of attempts that say this of one witness and overlap, one runs again. */
  alone(witness: Witness): void {
    if (this.#alone.includes(witness)) return;
    this.#scanned.push([witness, witness.version]);
    this.#alone.push(witness);
    witness.pins++;
  }

  /** What comes of the attempt when it succeeds; of one that fails, nothing. */
  also(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** What the attempt sees in a cell, as it is written; undefined where it is not there. */
  bytes(shard: Shard, cell: Cell): Buffer | undefined {
    this.read(shard, cell);
    const value = this.peek(shard, cell);
    return value === undefined ? undefined : shard.bytesFor(cell, value);
  }

  /** @param value undefined takes the key out */
  write(shard: Shard, cell: Cell, value: unknown): void {
    const kept = value === undefined ? undefined : shard.keep(cell, value);
    const index = this.#indexOf(cell);
    if (index !== undefined) this.#values[index] = kept;
    else this.#note(shard, cell, kept);
  }

  #note(shard: Shard, cell: Cell, value: unknown): void {
    const index = this.#changes++;
    if (cell.owner === undefined) {
      cell.owner = this;
      cell.index = index;
    } else {
      this.#indexes ??= new Map();
      this.#indexes.set(cell, index);
    }
    cell.pins++;
    this.#cells[index] = cell;
    this.#shards[index] = shard;
    this.#values[index] = value;
  }

  #indexOf(cell: Cell): number | undefined {
    return cell.owner === this ? cell.index : this.#indexes?.get(cell);
  }

  apply(): void {
    const until = this.#changes > 0 || this.#effects.length > 0 || this.#unsettled > 0 ? this.#turnstile.busyFor(this) : undefined;
    if (until !== undefined) throw this.#turnstile.overtook(this.#attempt, until);
    this.#mustBeCurrent();
    for (let index = 0; index < this.#changes; index++)
      this.#shards[index].change(this.#cells[index], this.#values[index], this.#attempt.time);
    for (const effect of this.#effects) effect.apply();
    for (const witness of this.#alone) witness.version++;
    this.#turnstile.wentThrough(this.#attempt);
    this.#clear();
  }

  /** @throws Overtaken when something that it has read was changed since */
  #mustBeCurrent(): void {
    for (let index = 0; index < this.#reads; index++) {
      if (this.#read[index].version === this.#versions[index]) continue;
      this.#contended(this.#read[index]);
      throw this.#turnstile.overtook(this.#attempt);
    }
    for (const [witness, version] of this.#scanned) if (witness.version !== version) throw this.#turnstile.overtook(this.#attempt);
  }

  settle(): Promise<void> | undefined {
    if (this.#turnstile.busyFor(this) !== undefined) return this.#settleLater();
    this.#turnstile.enter(this);
    this.#mustBeCurrent();
    return undefined;
  }

  async #settleLater(): Promise<void> {
    const { lane } = this.#attempt;
    this.#unsettled++;
    lane.waits?.(1);
    for (let busy = this.#turnstile.busyFor(this); busy !== undefined && !this.#isOver; busy = this.#turnstile.busyFor(this)) await busy;
    lane.waits?.(-1);
    this.#unsettled--;
    if (this.#isOver) throw this.#turnstile.overtook(this.#attempt);
    this.settle();
  }

  drop(): void {
    this.#clear();
    this.#isOver = this.#unsettled > 0;
    if (!this.#isOver) this.#released(this);
  }

  #clear(): void {
    this.#turnstile.leave(this);
    for (let index = 0; index < this.#reads; index++) this.#read[index].pins--;
    for (let index = 0; index < this.#changes; index++) {
      const cell = this.#cells[index];
      cell.pins--;
      if (cell.owner === this) cell.owner = undefined;
      this.#values[index] = undefined;
    }
    if (this.#reads > keptMax) this.#read.length = 0;
    if (this.#changes > keptMax) this.#cells.length = 0;
    if (this.#scanned.length > 0) this.#scanned.length = 0;
    for (const witness of this.#alone) witness.pins--;
    if (this.#alone.length > 0) this.#alone.length = 0;
    if (this.#effects.length > 0) this.#effects.length = 0;
    this.#reads = 0;
    this.#changes = 0;
    this.#indexes = undefined;
  }
}
