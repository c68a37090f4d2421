import type { ChangelogWriter, UncommittedChanges } from '../checkpoints/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { StoreBatch } from '../stores/index.js';
import { timeHeader } from '../streams/index.js';
import type { Batch, Payload } from '../transport/index.js';
import { type Cell, Encoded } from './cell.js';
import type { Expiry } from './expiry/expiry.js';
import { timeIn } from './expiry/time-entry.js';
import type { HotKeys } from './hot/hot-keys.js';
import { type Behind, Cells } from './shard/cells.js';
import { ClosedEntries } from './shard/closed-entries.js';
import { Generations } from './shard/generations.js';
import type { OwedEntry } from './stored/owed-entries.js';
import type { StoredTable } from './stored/stored-table.js';
import { isWellFormed, type TableFormat } from './table-format.js';
import { freeze } from './values.js';

export interface ShardOptions {
  /** Missing where the shard has everything in memory. */
  readonly behind?: Behind;
  /** Missing where entries never do. */
  readonly expiry?: Expiry;
  /** Counts which keys are written. */
  readonly hot?: Pick<HotKeys, 'written'>;
  /** Whether changelog entries say what a key had before. @default false */
  readonly tellsPrevious?: boolean;
}

/** How many entries that have expired are taken out after one checkpoint. */
const expiredMax = 50_000;

/**
 * A table's part for one partition. Reads see, newest first: the attempt's own changes, those of the open generation, those of the closed one, the rest. The
 * last three are one value in a cell, which also remembers what it had at the last checkpoint while it differs.
 */
export class Shard {
  readonly #cells: Cells;
  readonly #generations: Generations;
  /** Keys whose values could not be written to the changelog: they are encoded at once, so that the event fails that gives such a one. */
  readonly #doubted = new Set<string>();
  /** Missing where the shard has everything in memory. */
  readonly stored: StoredTable | undefined;
  readonly expiry: Expiry | undefined;
  /** Counts changes, for those who have read all of it. */
  version = 0;

  constructor(
    readonly changelog: TopicPartition,
    readonly format: TableFormat,
    readonly uncommitted: UncommittedChanges,
    { behind, expiry, tellsPrevious = false, hot }: ShardOptions = {},
  ) {
    this.#cells = new Cells(behind);
    this.stored = behind?.table;
    this.expiry = expiry;
    const around = { stored: this.stored, expiry };
    const entries = new ClosedEntries({ ...around, changelog, hot, tellsPrevious, entry: (key, value) => this.#entry(key, value) });
    this.#generations = new Generations({ ...around, cells: this.#cells, entries, uncommitted });
  }

  /** Tells of each key that a checkpoint has changed what is committed of it; undefined where that is nothing. */
  whenCommitted(listener: (key: string, value: unknown) => void): void {
    this.#generations.whenCommitted(listener);
  }

  /** How many keys there were at the last checkpoint. */
  get size(): number {
    return this.#cells.size;
  }

  get isDirty(): boolean {
    return !this.#generations.isEmpty;
  }

  /** The cell of a key, which is made where there is none. @throws StateError when the store cannot be read */
  cell(key: string): Cell {
    return this.#cells.of(key);
  }

  /** That of a key which is not there for certain: the store is not asked. */
  newCell(key: string): Cell {
    return this.#cells.made(key);
  }

  /** Undefined where the key has none; it may be there all the same. */
  known(key: string): Cell | undefined {
    return this.#cells.known(key);
  }

  /** Whether it is known, without the store, that a key is not there. */
  isGone(key: string): boolean {
    return this.#cells.isGone(key);
  }

  /** Undefined where the key is not there. @throws StateError when the store cannot be read */
  find(key: string): Cell | undefined {
    return this.#cells.find(key);
  }

  /** Every cell; where there is a store those in memory, and one for each key of which something is owed to it. */
  cells(): Iterable<Cell> {
    return this.#cells;
  }

  /** What may differ from what is stored, some of it twice. */
  *unstored(): Generator<Cell> {
    yield* this.#generations.cells();
    yield* this.#cells.owed();
  }

  /** What was written before this time is gone, removed or not. @param at the time of the event that is handled; missing outside of events */
  goneBefore(at?: number): number {
    if (this.expiry === undefined) return Number.NEGATIVE_INFINITY;
    return at === undefined ? this.expiry.before : this.expiry.beforeAt(at);
  }

  /** The value of a cell as it is kept; undefined where its key is not there, or not any more. @param at as of `goneBefore` */
  current(cell: Cell, at?: number): unknown {
    return this.expiry !== undefined && cell.time < this.goneBefore(at) ? undefined : cell.value;
  }

  /** What a cell holds; undefined where its key is not there. Nobody can change it for others. @param at as of `goneBefore` */
  valueOf(cell: Cell, at?: number): unknown {
    return this.decoded(cell, this.current(cell, at));
  }

  /** What a key has for whoever reads outside of attempts. @throws StateError when the store cannot be read */
  valueUnder(key: string): unknown {
    const cell = this.find(key);
    return cell === undefined ? undefined : this.valueOf(cell);
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
    if (value instanceof Encoded) {
      cell.givenBytes = value.payload.length;
      return value;
    }
    if (typeof value === 'object' || typeof value === 'string' || (this.#doubted.size > 0 && this.#doubted.has(cell.key)))
      return this.#keptOf(cell, value);
    return value === 0 ? 0 : value;
  }

  #keptOf(cell: Cell, value: unknown): unknown {
    if (typeof value === 'string' && isWellFormed(value) && !this.#doubted.has(cell.key)) {
      cell.givenBytes = value.length;
      return value;
    }
    const payload = this.format.payloadOf(cell.key, value);
    cell.givenBytes = payload.length;
    const read = this.format.readBack(payload, cell.key);
    return freeze(read) ? read : new Encoded(payload);
  }

  /** An attempt has succeeded that gave a cell this value, as `keep` made it; undefined takes the key out. @param timestamp of its event */
  change(cell: Cell, value: unknown, timestamp?: number): void {
    this.#generations.note(cell, value);
    cell.value = value;
    this.expiry?.changes(cell, timestamp);
    cell.version++;
    this.version++;
  }

  /** Takes a key out that nobody reads, and no attempt. The changelog hears of it with the next checkpoint. */
  remove(cell: Cell): void {
    this.#generations.note(cell, undefined);
    cell.value = undefined;
    this.expiry?.changes(cell);
  }

  /** Takes out what has expired, for nobody sees it; the changelog hears of it with the next checkpoint. Stops where much is not committed. */
  async expire(): Promise<void> {
    let left = expiredMax;
    const remove = (cell: Cell) => {
      this.remove(cell);
      left--;
    };
    const isToStop = () => left === 0 || this.uncommitted.isFull;
    await this.expiry?.sweep((key) => this.find(key), remove, isToStop);
  }

  /** Closes the open generation. One that is closed already becomes part of it. */
  prepare(): void {
    this.#generations.prepare();
  }

  /**
   * Appends the closed generation to the changelog, and gives the thread back in between.
   * @throws StateError for a value that cannot be written
   */
  write(changelog: ChangelogWriter): Promise<void> {
    return this.#generations.write(changelog);
  }

  /** Stages the closed generation, which is committed, and notes how far it goes. @returns how many keys there are with it */
  async stage(batch: StoreBatch): Promise<number> {
    const change = await this.#generations.stage(batch);
    return this.size < 0 ? this.size : this.size + change;
  }

  /** The closed generation is committed, and stored. */
  committed(): Promise<void> {
    return this.#generations.committed();
  }

  /** Both generations are forgotten: every key has what it had at the last checkpoint. */
  dropped(): void {
    this.#generations.dropped();
    this.version++;
  }

  /** The value of a cell as it is written. */
  bytesOf(cell: Cell): Buffer {
    return this.bytesFor(cell, cell.value);
  }

  /** A value that a cell has or had, as it is written. */
  bytesFor(cell: Cell, value: unknown): Buffer {
    const payload = this.payloadOf(cell, value);
    if (payload === null) return Buffer.alloc(0);
    return typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  /** A value that a cell has or had, as it is written. */
  payloadOf({ key }: Cell, value: unknown): Payload {
    return this.#entry(key, value)[1];
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

  /** What was owed to the store is there. */
  settled(entries: ReadonlyMap<string, OwedEntry>): void {
    for (const [key, entry] of entries) this.#cells.settled(key, entry);
  }

  /** @param isMuch whether it is so much that keys are counted at the end */
  restores(size: number, isMuch: boolean): void {
    this.#cells.size = size;
    this.#cells.isMuch = isMuch;
  }

  /** Takes in messages of the changelog. */
  restore(batch: Batch): void {
    for (let index = 0; index < batch.length; index++) if (!this.#restoresTime(batch, index)) this.#restoreEntry(batch, index);
  }

  #restoreEntry(batch: Batch, index: number): void {
    const key = this.format.cellKeyAt(batch, index);
    if (key === undefined) return;
    const payload = this.format.compactValueAt(batch, index);
    const time = this.expiry === undefined ? 0 : Math.max(0, batch.timestamp(index));
    this.#cells.restore(key, payload ?? undefined, time);
    if (payload !== null) this.expiry?.restores(key, time);
  }

  /** Whether a message tells how far the time has come, and is no entry. */
  #restoresTime(batch: Batch, index: number): boolean {
    // To a table whose entries never expire it is a key that is not there.
    if (this.expiry === undefined || !batch.hasHeader(index, timeHeader)) return false;
    const time = timeIn(batch.headers(index));
    if (time !== undefined) this.expiry.time.restore(time);
    return true;
  }

  /** Its log has a key no more. */
  forget(key: string): void {
    this.#cells.restore(key, undefined, 0);
  }

  /** @param count asked for how many keys are stored, where that must be counted */
  async restored(count: () => Promise<number>): Promise<void> {
    if (this.#cells.size < 0) this.#cells.size = await count();
    this.#cells.isMuch = false;
  }

  /** It is given up. */
  close(): void {
    this.#generations.forgetBytes();
    this.#cells.close();
  }
}
