import { Cell, Encoded } from '../cell.js';
import { type CellCache, costOf, type Sweepable } from '../stored/cell-cache.js';
import type { StoredTable } from '../stored/stored-table.js';

/** The store behind the cells of a shard. */
export interface Behind {
  readonly table: StoredTable;
  readonly cache: CellCache;
}

/** The cells of a shard. Without a store behind them they are all it has; with one, those that were used of late. */
export class Cells implements Sweepable {
  readonly #cells = new Map<string, Cell>();
  /** Those of keys that are not there. */
  readonly #absent = new Set<Cell>();
  readonly #behind: Behind | undefined;
  #hand: Iterator<Cell> | undefined;
  /** How many of the keys that are committed have a cell. */
  #present = 0;
  /** What they take in the cache. */
  #bytes = 0;
  /** How many keys there were at the last checkpoint; −1 where that must be counted. */
  size = 0;
  /** Whether much is read from the changelog: then keys are counted at the end, and not looked for one by one. */
  isMuch = false;

  constructor(behind: Behind | undefined) {
    this.#behind = behind;
    behind?.cache.add(this);
  }

  /** Whether a key without a cell is not there. */
  get isComplete(): boolean {
    return this.#behind === undefined || this.#present === this.size;
  }

  /** That of a key which has one. */
  known(key: string): Cell | undefined {
    const cell = this.#cells.get(key);
    if (cell !== undefined) cell.isUsed = true;
    return cell;
  }

  /** That of a key; undefined where it is not there. @throws StateError when the store cannot be read */
  find(key: string): Cell | undefined {
    return this.known(key) ?? this.#load(key);
  }

  /** The same, which is made where there is none. */
  of(key: string): Cell {
    return this.known(key) ?? this.#load(key) ?? this.#make(key);
  }

  /** The same of a key that is not in the store for certain. */
  made(key: string): Cell {
    return this.known(key) ?? this.#make(key);
  }

  #make(key: string): Cell {
    const made = this.#add(new Cell(key));
    this.#absent.add(made);
    return made;
  }

  #load(key: string): Cell | undefined {
    if (this.isComplete) return undefined;
    const stored = this.#behind?.table.get(key);
    if (stored === undefined) return undefined;
    const { value, time } = stored;
    const cell = new Cell(key);
    cell.value = new Encoded(value);
    cell.time = time;
    cell.sizeBytes = value.length;
    this.#present++;
    return this.#add(cell);
  }

  #add(cell: Cell): Cell {
    this.#change(costOf(cell));
    this.#cells.set(cell.key, cell);
    return cell;
  }

  #remove(cell: Cell): void {
    this.#cells.delete(cell.key);
    this.#change(-costOf(cell));
  }

  #change(bytes: number): void {
    if (this.#behind === undefined) return;
    this.#bytes += bytes;
    this.#behind.cache.change(bytes);
  }

  [Symbol.iterator](): IterableIterator<Cell> {
    return this.#cells.values();
  }

  /** A value was encoded. */
  resized(cell: Cell, sizeBytes: number): void {
    const more = sizeBytes - cell.sizeBytes;
    cell.sizeBytes = sizeBytes;
    // This may take out the cell.
    this.#change(more);
  }

  /** The key of a cell is not there any more: nobody needs it for long. */
  isAbsent(cell: Cell): void {
    this.#absent.add(cell);
  }

  /** Takes out the cells of keys that are not there, unless an attempt has asked for them, or the store does not know. */
  forgetAbsent(): void {
    for (const cell of this.#absent) {
      if (cell.pins > 0 || cell.isOwed) continue;
      this.#absent.delete(cell);
      if (cell.value === undefined && cell.dirt === undefined) this.#remove(cell);
    }
  }

  sweep(looks: number): boolean {
    this.#hand ??= this.#cells.values();
    for (let look = 0; look < looks; look++) {
      const { value: cell, done } = this.#hand.next();
      if (done === true) {
        this.#hand = undefined;
        return true;
      }
      if (cell.isUsed) cell.isUsed = false;
      else if (cell.isSpare) this.#evict(cell);
    }
    return false;
  }

  #evict(cell: Cell): void {
    if (cell.value !== undefined) this.#present--;
    else this.#absent.delete(cell);
    this.#remove(cell);
  }

  /** What is committed of a key has changed. */
  counted(was: unknown, is: unknown): void {
    const change = Number(is !== undefined) - Number(was !== undefined);
    this.#present += change;
    if (this.size >= 0) this.size += change;
  }

  /** The changelog says what a key has. */
  restore(key: string, value: Encoded | undefined, time: number): void {
    const known = this.#cells.get(key);
    if (known === undefined) this.#restoreNew(key, value, time);
    else {
      this.counted(known.value, value);
      known.value = value;
      known.time = time;
      if (value !== undefined) this.resized(known, value.payload.length);
      this.#hasRestored(known);
    }
  }

  #restoreNew(key: string, value: Encoded | undefined, time: number): void {
    const wasStored = !this.isComplete && this.#isStored(key);
    if (value === undefined && !wasStored) return;
    const cell = new Cell(key);
    cell.isUsed = false;
    cell.value = value;
    cell.time = time;
    if (value !== undefined) cell.sizeBytes = value.payload.length;
    this.counted(undefined, value);
    if (wasStored && this.size >= 0) this.size--;
    this.#hasRestored(this.#add(cell));
  }

  /** Whether the store has a key. Where that is not worth asking: it may. */
  #isStored(key: string): boolean {
    if (this.isMuch) this.size = -1;
    return this.size < 0 || this.#behind?.table.get(key) !== undefined;
  }

  #hasRestored(cell: Cell): void {
    this.#behind?.table.owe(cell);
    if (cell.value !== undefined) return;
    if (this.#behind === undefined) this.#remove(cell);
    else this.#absent.add(cell);
  }

  /** The cache may have the room. */
  close(): void {
    this.#behind?.cache.remove(this, this.#bytes);
  }
}
