import type { ChangelogWriter, UncommittedChanges } from '../../checkpoints/index.js';
import type { StoreBatch } from '../../stores/index.js';
import { type Cell, cleanDirt, type Dirt } from '../cell.js';
import type { Expiry } from '../expiry/expiry.js';
import { Slices } from '../slices.js';
import type { StoredTable } from '../stored/stored-table.js';
import type { Cells } from './cells.js';
import type { ClosedEntries } from './closed-entries.js';

export interface GenerationsOptions {
  readonly cells: Cells;
  readonly entries: ClosedEntries;
  readonly uncommitted: UncommittedChanges;
  readonly stored: StoredTable | undefined;
  readonly expiry: Expiry | undefined;
}

/** Which cells of a shard have changed since the last checkpoint, in two generations: the open one changes, the closed one is being committed. */
export class Generations {
  readonly #options: GenerationsOptions;
  readonly #uncommitted: UncommittedChanges;
  #open: Cell[] = [];
  #closed: Cell[] = [];
  #told: ((key: string, value: unknown) => void) | undefined;

  constructor(options: GenerationsOptions) {
    this.#options = options;
    this.#uncommitted = options.uncommitted;
  }

  /** Tells of each key that a checkpoint has changed what is committed of it; undefined where that is nothing. */
  whenCommitted(listener: (key: string, value: unknown) => void): void {
    this.#told = listener;
  }

  get isEmpty(): boolean {
    return this.#open.length === 0 && this.#closed.length === 0;
  }

  /** Cells of both. */
  *cells(): Generator<Cell> {
    yield* this.#open;
    yield* this.#closed;
  }

  /** A cell is about to be changed in the open generation. */
  note(cell: Cell, value: unknown): void {
    if (!cell.isInOpen) this.#opens(cell);
    const bytes = cell.key.length + (value === undefined ? 0 : cell.givenBytes);
    if (bytes > cell.openBytes) {
      this.#uncommitted.change(bytes - cell.openBytes);
      cell.openBytes = bytes;
    }
  }

  #opens(cell: Cell): void {
    cell.dirt ??= cleanDirt(cell);
    const { dirt } = cell;
    if (dirt.isInClosed) {
      dirt.closed = cell.value;
      dirt.closedTime = cell.time;
    }
    cell.isInOpen = true;
    this.#open.push(cell);
  }

  /** Closes the open generation. One that is closed already becomes part of it. */
  prepare(): void {
    const { cells, stored } = this.#options;
    let replacedBytes = 0;
    for (const cell of this.#open) {
      const { dirt, openBytes } = cell;
      if (dirt === undefined) continue;
      cell.isInOpen = false;
      cell.openBytes = 0;
      if (this.#hasPassed(cell, dirt)) {
        replacedBytes += openBytes;
        cell.dirt = undefined;
        cells.isAbsent(cell);
        continue;
      }
      if (!dirt.isInClosed) this.#closed.push(cell);
      replacedBytes += dirt.closedBytes;
      dirt.closedBytes = openBytes;
      dirt.isInClosed = true;
      dirt.closed = undefined;
    }
    this.#open = [];
    if (replacedBytes > 0) this.#uncommitted.change(-replacedBytes);
    stored?.index?.prepare();
    cells.forgetAbsent();
  }

  /** Whether a key has come and gone since the last checkpoint: then neither the changelog nor the store has to hear of it. Who is told of what is committed, does. */
  #hasPassed({ value }: Cell, { committed, isInClosed }: Dirt): boolean {
    return value === undefined && committed === undefined && !isInClosed && this.#told === undefined;
  }

  /** Appends the closed generation to the changelog. @throws StateError for a value that cannot be written */
  write(changelog: ChangelogWriter): Promise<void> {
    return this.#options.entries.write(this.#closed, changelog);
  }

  /** Stages the closed generation, which is committed. @returns how many keys there are more with it */
  stage(batch: StoreBatch): Promise<number> {
    return this.#options.entries.stage(this.#closed, batch);
  }

  /** The closed generation is committed, and stored. */
  async committed(): Promise<void> {
    const { cells, entries, stored } = this.#options;
    const slices = new Slices();
    let bytes = 0;
    for (const [index, cell] of this.#closed.entries()) {
      bytes += cell.dirt?.closedBytes ?? 0;
      this.#clean(cell);
      if (stored !== undefined) cells.resized(cell, entries.sizeOf(index));
      if (slices.isOver()) await slices.next();
    }
    this.#closed = [];
    entries.forget();
    stored?.index?.committed();
    if (bytes > 0) this.#uncommitted.change(-bytes);
  }

  #clean(cell: Cell): void {
    const { cells, stored } = this.#options;
    const { dirt, closed, closedTime } = cell;
    if (dirt === undefined) return;
    cells.counted(dirt.committed, closed);
    dirt.committed = closed;
    dirt.committedTime = closedTime;
    dirt.isInClosed = false;
    dirt.closed = undefined;
    dirt.closedBytes = 0;
    stored?.owed.forget(cell.key);
    if (!cell.isInOpen) {
      cell.dirt = undefined;
      if (closed === undefined) cells.isAbsent(cell);
    }
    this.#told?.(cell.key, closed);
  }

  /** Both are forgotten: every key has what it had at the last checkpoint. */
  dropped(): void {
    const { cells, entries, expiry, stored } = this.#options;
    this.forgetBytes();
    for (const cell of [...this.#closed, ...this.#open]) {
      if (cell.dirt === undefined) continue;
      cell.value = cell.dirt.committed;
      cell.time = cell.dirt.committedTime;
      cell.dirt = undefined;
      cell.isInOpen = false;
      cell.version++;
      expiry?.hasAgain(cell);
      if (cell.value === undefined) cells.isAbsent(cell);
    }
    this.#closed = [];
    this.#open = [];
    entries.forget();
    stored?.index?.dropped();
  }

  /** What is not committed any more, and never will be. */
  forgetBytes(): void {
    let bytes = 0;
    for (const cell of this.cells()) {
      if (cell.dirt === undefined) continue;
      bytes += cell.openBytes + cell.dirt.closedBytes;
      cell.openBytes = 0;
      cell.dirt.closedBytes = 0;
    }
    if (bytes > 0) this.#uncommitted.change(-bytes);
  }
}
