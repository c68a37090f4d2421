import type { ChangelogWriter } from '../checkpoints/index.js';
import { previousHeader } from '../definitions/index.js';
import type { Position, TopicPartition } from '../positions/index.js';
import type { StoreBatch } from '../stores/index.js';
import type { Batch, HeaderPair, Payload } from '../transport/index.js';
import { type Cell, Encoded } from './cell.js';
import { type Behind, Cells } from './cells.js';
import { Slices } from './slices.js';
import type { StoredTable } from './stored/stored-table.js';
import { isWellFormed, previousBytesMax, sizeOf, type TableFormat } from './table-format.js';
import { freeze } from './values.js';

/**
 * A table's part for one partition. Reads see, newest first: the attempt's own changes, those of the open generation, those of the closed one, the rest. The
 * last three are one value in a cell, which also remembers what it had at the last checkpoint while it differs.
 */
export class Shard {
  readonly #cells: Cells;
  #open: Cell[] = [];
  #closed: Cell[] = [];
  /** What the changelog was given of the closed generation, cell by cell: the store gets the same. */
  #written: Payload[] = [];
  /** Where the last of it is written. */
  #lastEntry: Promise<Position> | undefined;
  /** Keys whose values could not be written to the changelog: they are encoded at once, so that the event fails that gives such a one. */
  readonly #doubted = new Set<string>();
  /** Missing where the shard has everything in memory. */
  readonly stored: StoredTable | undefined;
  /** Counts changes, for those who have read all of it. */
  version = 0;

  constructor(
    readonly changelog: TopicPartition,
    readonly format: TableFormat,
    behind?: Behind,
    private readonly tellsPrevious = false,
  ) {
    this.#cells = new Cells(behind);
    this.stored = behind?.table;
  }

  /** How many keys there were at the last checkpoint. */
  get size(): number {
    return this.#cells.size;
  }

  get isDirty(): boolean {
    return this.#open.length > 0 || this.#closed.length > 0;
  }

  /** The cell of a key, which is made where there is none. @throws StateError when the store cannot be read */
  cell(key: string): Cell {
    return this.#cells.of(key);
  }

  /** Undefined where the key has none; it may be there all the same. */
  known(key: string): Cell | undefined {
    return this.#cells.known(key);
  }

  /** Undefined where the key is not there. @throws StateError when the store cannot be read */
  find(key: string): Cell | undefined {
    return this.#cells.find(key);
  }

  /** Every cell; where there is a store those in memory. */
  cells(): Iterable<Cell> {
    return this.#cells;
  }

  /** Cells that may differ from what is stored. */
  *unstored(): Generator<Cell> {
    yield* this.#open;
    yield* this.#closed;
    if (this.stored !== undefined) yield* this.stored.unstored();
  }

  /** What a cell holds; undefined where its key is not there. Nobody can change it for others. */
  valueOf(cell: Cell): unknown {
    return this.decoded(cell, cell.value);
  }

  /** A value that a cell has or had, as it is given out. */
  decoded(cell: Cell, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (!(value instanceof Encoded)) return value;
    const decoded = this.format.value(value.payload, cell.key);
    if (freeze(decoded) && cell.value === value) cell.value = decoded;
    return decoded;
  }

  /**
   * A value as a cell keeps it: as it would be read back after a restart. What cannot be frozen is decoded anew for each who reads it.
   * @throws StateError `VALUE_UNWRITABLE` for one that cannot be written, or not be read back; of a primitive only where values of this key are in doubt
   */
  keep(cell: Cell, value: unknown): unknown {
    if (typeof value === 'object' || typeof value === 'string' || (this.#doubted.size > 0 && this.#doubted.has(cell.key)))
      return this.#keptOf(cell, value);
    return value === 0 ? 0 : value;
  }

  #keptOf(cell: Cell, value: unknown): unknown {
    if (typeof value === 'string' && isWellFormed(value) && !this.#doubted.has(cell.key)) return value;
    const payload = this.format.payloadOf(cell.key, value);
    const read = this.format.readBack(payload, cell.key);
    return freeze(read) ? read : new Encoded(payload);
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
    this.#cells.forgetAbsent();
  }

  /**
   * Appends the closed generation to the changelog, and gives the thread back in between.
   * @throws StateError for a value that cannot be written
   */
  async write(changelog: ChangelogWriter): Promise<void> {
    const { topic, partition } = this.changelog;
    const slices = new Slices();
    this.#written = [];
    this.#lastEntry = undefined;
    for (const [index, cell] of this.#closed.entries()) {
      const [key, value] = this.#entry(cell.key, cell.closed);
      const isLast = index === this.#closed.length - 1;
      const headers = this.tellsPrevious ? this.#previous(cell) : undefined;
      if (isLast && this.stored !== undefined) this.#lastEntry = changelog.send({ topic, key, value, partition, headers });
      else changelog.append(topic, key, value, partition, undefined, headers);
      if (this.stored !== undefined) this.#written.push(value);
      if (changelog.isFull) await changelog.drained();
      if (!slices.isOver()) continue;
      changelog.handOver();
      await slices.next();
    }
  }

  /** What a key had at the last checkpoint, where that is not too much. */
  #previous({ key, committed }: Cell): readonly HeaderPair[] | undefined {
    if (committed === undefined) return undefined;
    const payload = this.#entry(key, committed)[1];
    if (payload === null || sizeOf(payload) > previousBytesMax) return undefined;
    return [[previousHeader, typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload)]];
  }

  #entry(key: string, value: unknown): ReturnType<TableFormat['entry']> {
    if (value instanceof Encoded) return [this.format.keyPayload(key), this.format.payload(value.payload)];
    try {
      return this.format.entry(key, value);
    } catch (error) {
      this.#doubted.add(key);
      throw error;
    }
  }

  /** Stages the closed generation, which is committed, and notes how far it goes. @returns how many keys there are with it */
  async stage(batch: StoreBatch): Promise<number> {
    const slices = new Slices();
    let change = 0;
    for (const [index, cell] of this.#closed.entries()) {
      this.stored?.stage(batch, cell.key, this.#written[index]);
      change += Number(cell.closed !== undefined) - Number(cell.committed !== undefined);
      if (slices.isOver()) await slices.next();
    }
    const last = await this.#lastEntry;
    if (last !== undefined && this.stored !== undefined) this.stored.position = last.offset + 1;
    return this.size < 0 ? this.size : this.size + change;
  }

  /** Stages what is committed of some cells. */
  stageCommitted(batch: StoreBatch, cells: readonly Cell[]): void {
    for (const { key, committed } of cells) this.stored?.stage(batch, key, this.#entry(key, committed)[1]);
  }

  /** The closed generation is committed, and stored. */
  async committed(): Promise<void> {
    const slices = new Slices();
    for (const [index, cell] of this.#closed.entries()) {
      this.#clean(cell);
      if (this.stored !== undefined) this.#cells.resized(cell, sizeOf(this.#written[index]));
      if (slices.isOver()) await slices.next();
    }
    this.#closed = [];
    this.#written = [];
  }

  #clean(cell: Cell): void {
    const { dirt, closed } = cell;
    if (dirt === undefined) return;
    this.#cells.counted(dirt.committed, closed);
    dirt.committed = closed;
    dirt.isInClosed = false;
    dirt.closed = undefined;
    cell.isOwed = false;
    if (dirt.isInOpen) return;
    cell.dirt = undefined;
    if (closed === undefined) this.#cells.isAbsent(cell);
  }

  /** Both generations are forgotten: every key has what it had at the last checkpoint. */
  dropped(): void {
    for (const cell of [...this.#closed, ...this.#open]) {
      if (cell.dirt === undefined) continue;
      cell.value = cell.dirt.committed;
      cell.dirt = undefined;
      cell.version++;
      if (cell.value === undefined) this.#cells.isAbsent(cell);
    }
    this.version++;
    this.#closed = [];
    this.#open = [];
    this.#written = [];
    this.#lastEntry = undefined;
  }

  /** @param isMuch whether it is so much that keys are counted at the end */
  restores(size: number, isMuch: boolean): void {
    this.#cells.size = size;
    this.#cells.isMuch = isMuch;
  }

  /** Takes in messages of the changelog. */
  restore(batch: Batch): void {
    for (let index = 0; index < batch.length; index++) {
      const key = this.format.cellKeyAt(batch, index);
      if (key === undefined) continue;
      const payload = this.format.compactValueAt(batch, index);
      this.#cells.restore(key, payload === null ? undefined : new Encoded(payload));
    }
  }

  /** Its log has a key no more. */
  forget(key: string): void {
    this.#cells.restore(key, undefined);
  }

  /** @param count asked for how many keys are stored, where that must be counted */
  async restored(count: () => Promise<number>): Promise<void> {
    if (this.#cells.size < 0) this.#cells.size = await count();
    this.#cells.isMuch = false;
  }

  /** It is given up. */
  close(): void {
    this.#cells.close();
  }
}
