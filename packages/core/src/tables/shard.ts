import type { ChangelogWriter } from '../checkpoints/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Batch } from '../transport/index.js';
import { Cell, Changeable, Encoded } from './cell.js';
import { Slices } from './slices.js';
import type { TableFormat } from './table-format.js';
import { copyOf, freeze } from './values.js';

/**
 * A table's part for one partition. Reads see, newest first: the attempt's own changes, those of the open generation, those of the closed one, the rest. The
 * last three are one value in a cell, which also remembers what it had at the last checkpoint while it differs.
 */
export class Shard {
  readonly #cells = new Map<string, Cell>();
  /** Cells of keys that are not there. */
  readonly #absent = new Set<Cell>();
  #open: Cell[] = [];
  #closed: Cell[] = [];
  /** Keys whose values could not be written to the changelog: they are encoded at once, so that the event fails that gives such a one. */
  readonly #doubted = new Set<string>();
  /** Counts changes, for those who have read all of it. */
  version = 0;
  /** How many keys there were at the last checkpoint. */
  size = 0;

  constructor(
    readonly changelog: TopicPartition,
    readonly format: TableFormat,
  ) {}

  get isDirty(): boolean {
    return this.#open.length > 0 || this.#closed.length > 0;
  }

  /** The cell of a key, which is made where there is none. */
  cell(key: string): Cell {
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const cell = new Cell(key);
    this.#cells.set(key, cell);
    this.#absent.add(cell);
    return cell;
  }

  /** Undefined where the key is not there. */
  find(key: string): Cell | undefined {
    return this.#cells.get(key);
  }

  cells(): IterableIterator<Cell> {
    return this.#cells.values();
  }

  /** What a cell holds; undefined where its key is not there. Nobody can change it for others. */
  valueOf(cell: Cell): unknown {
    return this.decoded(cell, cell.value);
  }

  /** A value that a cell has or had, as it is given out. */
  decoded(cell: Cell, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Changeable) return copyOf(value.value);
    if (!(value instanceof Encoded)) return value;
    const decoded = this.format.value(value.bytes, cell.key);
    if (freeze(decoded) && cell.value === value) cell.value = decoded;
    return decoded;
  }

  /**
   * A value as a cell keeps it.
   * @throws CodecError, StateError where values of this key are in doubt and this one cannot be written; RangeError for one that holds itself
   */
  keep(cell: Cell, value: unknown): unknown {
    if (this.#doubted.size > 0 && this.#doubted.has(cell.key)) this.format.entry(cell.key, value);
    if (typeof value !== 'object' || value === null) return value;
    return freeze(value) ? value : new Changeable(copyOf(value));
  }

  /** An attempt has succeeded that gave a cell this value, as `keep` made it; undefined takes the key out. */
  change(cell: Cell, value: unknown): void {
    cell.dirt ??= { committed: cell.value, closed: undefined, isInOpen: false, isInClosed: false };
    const { dirt } = cell;
    if (!dirt.isInOpen) {
      if (dirt.isInClosed) dirt.closed = cell.value;
      dirt.isInOpen = true;
      this.#open.push(cell);
    }
    cell.value = value;
    cell.version++;
    this.version++;
  }

  /** Closes the open generation. One that is closed already becomes part of it. */
  prepare(): void {
    for (const cell of this.#open) {
      const { dirt } = cell;
      if (dirt === undefined) continue;
      if (!dirt.isInClosed) this.#closed.push(cell);
      dirt.isInClosed = true;
      dirt.isInOpen = false;
      dirt.closed = undefined;
    }
    this.#open = [];
    this.#forgetAbsent();
  }

  /** Takes out the cells of keys that are not there, unless an attempt has asked for them. */
  #forgetAbsent(): void {
    for (const cell of this.#absent) {
      if (cell.pins > 0) continue;
      this.#absent.delete(cell);
      if (cell.value === undefined && cell.dirt === undefined) this.#cells.delete(cell.key);
    }
  }

  /**
   * Appends the closed generation to the changelog, and gives the thread back in between.
   * @throws StateError for a value that cannot be written
   */
  async write(changelog: ChangelogWriter): Promise<void> {
    const { topic, partition } = this.changelog;
    const slices = new Slices();
    for (const cell of this.#closed) {
      const value = closedValueOf(cell);
      const [key, bytes] = this.#entry(cell.key, value);
      changelog.append(topic, key, bytes, partition);
      if (changelog.isFull) await changelog.drained();
      if (!slices.isOver()) continue;
      changelog.handOver();
      await slices.next();
    }
  }

  #entry(key: string, value: unknown): ReturnType<TableFormat['entry']> {
    if (value instanceof Encoded) return [this.format.keyPayload(key), value.bytes];
    try {
      return this.format.entry(key, value instanceof Changeable ? value.value : value);
    } catch (error) {
      this.#doubted.add(key);
      throw error;
    }
  }

  /** The closed generation is committed. */
  async committed(): Promise<void> {
    const slices = new Slices();
    for (let cell = this.#closed.pop(); cell !== undefined; cell = this.#closed.pop()) {
      this.#clean(cell);
      if (slices.isOver()) await slices.next();
    }
  }

  #clean(cell: Cell): void {
    const { dirt } = cell;
    if (dirt === undefined) return;
    const value = closedValueOf(cell);
    this.size += Number(value !== undefined) - Number(dirt.committed !== undefined);
    dirt.committed = value;
    dirt.isInClosed = false;
    dirt.closed = undefined;
    if (dirt.isInOpen) return;
    cell.dirt = undefined;
    if (value === undefined) this.#absent.add(cell);
  }

  /** Both generations are forgotten: every key has what it had at the last checkpoint. */
  dropped(): void {
    for (const cell of [...this.#closed, ...this.#open]) {
      if (cell.dirt === undefined) continue;
      cell.value = cell.dirt.committed;
      cell.dirt = undefined;
      cell.version++;
      if (cell.value === undefined) this.#absent.add(cell);
    }
    this.version++;
    this.#closed = [];
    this.#open = [];
  }

  /** Takes in messages of the changelog. */
  restore(batch: Batch): void {
    for (let index = 0; index < batch.length; index++) {
      const key = this.format.cellKeyAt(batch, index);
      const bytes = batch.value(index);
      if (bytes === null) this.#cells.delete(key);
      else this.#restore(key, bytes);
    }
  }

  #restore(key: string, bytes: Buffer): void {
    const cell = this.#cells.get(key) ?? new Cell(key);
    cell.value = new Encoded(bytes);
    this.#cells.set(key, cell);
  }

  /** The changelog was read to its end. */
  restored(): void {
    this.size = this.#cells.size;
  }
}

/** What the closed generation has of a cell. */
function closedValueOf({ value, dirt }: Cell): unknown {
  return dirt?.isInOpen === true ? dirt.closed : value;
}
