import { Cell, Encoded } from '../cell.js';
import { type CellCache, costOf, type Sweepable } from '../stored/cell-cache.js';
import type { OwedEntry } from '../stored/owed-entries.js';
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

  /** Whether it is known, without the store, that a key is not there. */
  isGone(key: string): boolean {
    const cell = this.#cells.get(key);
    if (cell !== undefined) return cell.value === undefined;
    const owed = this.#behind?.table.owed.get(key);
    return owed !== undefined && owed.value === undefined;
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
    const { table } = this.#behind ?? {};
    const had = table?.owed.get(key) ?? (this.isComplete ? undefined : table?.get(key));
    if (had?.value === undefined) return undefined;
    this.#present++;
    return this.#add(committedCell(key, had.value, had.time));
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
    return this.#behind === undefined ? this.#cells.values() : this.#all();
  }

  *#all(): Generator<Cell> {
    yield* this.#cells.values();
    for (const cell of this.owed()) if (!this.#cells.has(cell.key)) yield cell;
  }

  /** One for each key of which something is owed to the store; it need not be in memory afterwards. */
  *owed(): Generator<Cell> {
    const { owed } = this.#behind?.table ?? {};
    for (const key of owed?.keys() ?? []) {
      const entry = owed?.get(key);
      if (entry !== undefined) yield this.#cells.get(key) ?? committedCell(key, entry.value, entry.time);
    }
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

  /** Takes out the cells of keys that are not there, unless an attempt has asked for them. */
  forgetAbsent(): void {
    for (const cell of this.#absent) {
      if (cell.pins > 0) continue;
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

  /** The changelog says what a key has; undefined: nothing. */
  restore(key: string, value: string | Buffer | undefined, time: number): void {
    const known = this.#cells.get(key);
    const owed = this.#behind?.table.owed;
    if (known !== undefined) this.#restoreKnown(known, value, time);
    else if (owed === undefined) this.#restoreNew(key, value, time);
    else if (!this.#restoreUnseen(key, value)) return;
    owed?.add(key, value, time);
  }

  #restoreKnown(known: Cell, value: string | Buffer | undefined, time: number): void {
    const is = value === undefined ? undefined : new Encoded(value);
    this.counted(known.value, is);
    known.value = is;
    known.time = time;
    if (value !== undefined) this.resized(known, value.length);
    else if (this.#behind === undefined) this.#remove(known);
    else this.#absent.add(known);
  }

  #restoreNew(key: string, value: string | Buffer | undefined, time: number): void {
    if (value === undefined) return;
    this.#add(committedCell(key, value, time));
    this.counted(undefined, value);
  }

  /** Counts a key that has no cell. @returns whether the store has to be told */
  #restoreUnseen(key: string, value: string | Buffer | undefined): boolean {
    const had = this.#had(key);
    if (this.size >= 0) this.size += Number(value !== undefined) - Number(had);
    return had || value !== undefined;
  }

  /** Whether a key without a cell is there; where it is not worth asking the store: whether it may be. */
  #had(key: string): boolean {
    const { table } = this.#behind ?? {};
    const owed = table?.owed.get(key);
    if (owed !== undefined) return owed.value !== undefined;
    if (this.isComplete || table?.isEmpty === true) return false;
    if (this.isMuch) this.size = -1;
    return this.size < 0 || table?.get(key) !== undefined;
  }

  /** The store has what was owed to it of a key. It stays in memory where there is room. */
  settled(key: string, { value, time }: OwedEntry): void {
    if (value === undefined || this.#cells.has(key)) return;
    const cell = committedCell(key, value, time);
    cell.isUsed = false;
    if (this.#behind?.cache.hasRoomFor(cell) !== true) return;
    this.#present++;
    this.#add(cell);
  }

  /** The cache may have the room. */
  close(): void {
    this.#behind?.cache.remove(this, this.#bytes);
    this.#behind?.table.owed.close();
  }
}

/** That of a key as it was committed. */
function committedCell(key: string, value: string | Buffer | undefined, time: number): Cell {
  const cell = new Cell(key);
  cell.time = time;
  if (value === undefined) return cell;
  cell.value = new Encoded(value);
  cell.sizeBytes = value.length;
  return cell;
}
