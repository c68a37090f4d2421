import type { Logger } from 'pino';
import type { Attempt } from '../attempts/index.js';
import type { ChangelogWriter, UncommittedChanges } from '../checkpoints/index.js';
import { asError } from '../errors/index.js';
import type { DerivedSource, EventTime } from '../lanes/index.js';
import type { LateEvent, Observers } from '../observers/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Recovery } from '../recovery/index.js';
import type { Stores } from '../stores/index.js';
import type { Kept } from '../streams/index.js';
import type { Clock } from '../time/index.js';
import { Alignment, Watermark } from '../windows/index.js';
import type { Cell } from './cell.js';
import type { KeptEvents } from './derived/kept-events.js';
import { Expiry } from './expiry/expiry.js';
import { GroupTime } from './expiry/group-time.js';
import { MemoryIndex } from './expiry/memory-index.js';
import type { HotKeys } from './hot/hot-keys.js';
import { Shard } from './shard.js';
import type { CellCache } from './stored/cell-cache.js';
import { ShardRecovery } from './stored/shard-recovery.js';
import type { Changelog } from './stored/start-position.js';
import { StoredGroup } from './stored/stored-group.js';
import type { StoredTable } from './stored/stored-table.js';
import type { TableFormat } from './table-format.js';
import { TableWrites } from './table-writes.js';
import { Turnstile } from './turnstile.js';

/** A table that has a shard in each group. */
export interface ShardedTable {
  /** The topic that its shards are read from. */
  readonly changelog: string;
  /** The partition of that, where it is not the number of the group. */
  readonly partition?: number;
  readonly format: TableFormat;
  /** What it is called in the store of a group. @default the name of the table */
  readonly storedAs?: string;
  /** Counts which of its keys are hot. */
  readonly hot?: HotKeys;
  /** Whether its entries say what a key had before: somebody reads its changes. */
  readonly tellsPrevious?: boolean;
  /** Whose writes are followed, once what is decided has been read: those of others, or of the worker that has the partition. Missing: nobody else writes. */
  readonly follows?: 'others' | 'owner';
  /** Whether it goes by the watermark of its group. */
  readonly goesByWatermark?: boolean;
  /** Events that its entries in a shard stand for. After `open`. */
  derives?(group: GroupTables, shard: Shard): readonly KeptEvents<Kept>[];
  /** A shard has all that it had. Before `open`. */
  recovered?(shard: Shard): Promise<void>;
  /** The shard of a group was recovered, and is ours. */
  open?(group: GroupTables, shard: Shard): void;
  /** It is ours no longer. */
  close?(group: GroupTables): void;
}

/** What a group is opened with. */
export interface GroupSurroundings {
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Those of all groups of the worker. */
  readonly uncommitted: UncommittedChanges;
  /** For how long a store may be unwritable before the worker ends, in milliseconds. */
  readonly stallMs: number;
  /** Ends the worker: its store can be used no longer. */
  fail(error: Error): void;
  readonly observers: Observers;
}

/** Where a group stores its tables, beside the changelogs. */
export interface GroupStorage {
  readonly stores: Stores;
  readonly cache: CellCache;
  /** Of its store. */
  readonly name: string;
  /** How many entries that came from the changelog are stored together. */
  readonly entriesAtATime?: number;
}

export interface GroupOptions {
  /** Missing where everything is in memory. */
  readonly storage?: GroupStorage | undefined;
  /** Of the topics whose events it goes by, in milliseconds. @default none */
  readonly disorders?: ReadonlyMap<string, number>;
  /** Whether it has a watermark though none of its tables goes by it: for topics to which its events are moved. @default false */
  readonly isTimed?: boolean;
  /** Told when it has let go of everything. */
  readonly closed?: () => void;
}

/** The state of one partition group: the shards of all tables that its topics share. */
export class GroupTables {
  readonly #tables: readonly ShardedTable[];
  readonly #around: GroupSurroundings;
  readonly #storage: GroupStorage | undefined;
  readonly #closed: () => void;
  readonly #turnstile = new Turnstile();
  #shards: readonly Shard[] = [];
  #opening: Promise<StoredGroup> | undefined;
  #stored: StoredGroup | undefined;
  #isClosed = false;
  #settling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #spare: TableWrites | undefined;
  #derived: readonly KeptEvents<Kept>[] = [];
  /** The watermark of the last sweep of these. */
  #sweptAt = Number.NEGATIVE_INFINITY;
  #due = () => {};
  /** Where entries of any of its tables expire. */
  readonly time: GroupTime | undefined;
  /** Where any of its tables goes by it. */
  readonly watermark: Watermark | undefined;
  /** Where it goes by the watermark of several topics. */
  readonly alignment: Alignment | undefined;

  constructor(
    readonly number: number,
    tables: readonly ShardedTable[],
    around: GroupSurroundings,
    { storage, disorders = new Map(), isTimed = false, closed = () => {} }: GroupOptions = {},
  ) {
    this.#tables = tables;
    this.#around = around;
    this.#storage = storage;
    this.#closed = closed;
    if (tables.some(({ format }) => format.ttlMs !== undefined)) this.time = new GroupTime(around.clock);
    if (isTimed || tables.some(({ goesByWatermark }) => goesByWatermark)) this.watermark = new Watermark(disorders);
    if (this.watermark !== undefined && disorders.size > 1) this.alignment = new Alignment(disorders.keys(), around.clock);
    this.watermark?.onMoved(() => {
      for (const each of this.#derived) each.look();
    });
  }

  /** What goes by the times of its events; undefined where nothing does. */
  get eventTime(): EventTime | undefined {
    const { time, watermark, alignment } = this;
    if (watermark === undefined) return time;
    const finished = (at: number) => {
      time?.finished(at);
      watermark.finished(at);
    };
    return { watermark, alignment, finished };
  }

  /** What it derives, once it is recovered. */
  get derived(): readonly DerivedSource[] {
    return this.#derived;
  }

  whenDue(listener: () => void): void {
    this.#due = listener;
  }

  /** An event came too late for a window. */
  late(late: Omit<LateEvent, 'watermark'>): void {
    this.#around.observers.tell('late', { ...late, watermark: this.watermark?.now ?? 0 });
  }

  /** What an attempt changes in these shards. @throws Overtaken */
  writesOf(attempt: Attempt): TableWrites {
    if (attempt.writes !== undefined) return attempt.writes as TableWrites;
    const writes = this.#spare ?? new TableWrites(this.#turnstile, this.#released, this.#contended);
    this.#spare = undefined;
    writes.begin(attempt);
    return writes;
  }

  readonly #released = (writes: TableWrites): void => {
    this.#spare = writes;
  };

  /** An attempt was overtaken that had read a cell. */
  readonly #contended = (cell: Cell): void => {
    const at = this.#shards.findIndex((shard) => shard.known(cell.key) === cell);
    this.#tables[at]?.hot?.overtaken(cell.key);
  };

  /**
   * Reads from the changelogs what every shard misses. From then on its tables have it. What was read is stored behind it.
   * @param mayBegin given what tells the changelogs that are written here from others of the same names; no store is opened before it resolves
   * @returns how many entries were read
   */
  async recover(signal: AbortSignal, mayBegin?: (logs: ReadonlyMap<string, string>) => Promise<void>): Promise<number> {
    const { clock } = this.#around;
    const changelogs = await this.#changelogs(signal);
    const askedAt = clock.now();
    await mayBegin?.(this.#logsIn(changelogs));
    signal.throwIfAborted();
    if (this.#storage !== undefined) this.#stored = await this.#open(this.#storage);
    signal.throwIfAborted();
    this.#shards = this.#tables.map((table) => this.#shardOf(table));
    const recovering = new ShardRecovery({
      ...this.#around,
      ...{ number: this.number, group: this.#stored, time: this.time, isClosed: () => this.#isClosed },
      settleSoon: () => this.#settleSoon(),
      whenRoom: () => this.#whenRoom(),
    });
    const entries = await Promise.all(
      this.#shards.map((shard, index) => recovering.recover(shard, this.#tables[index].follows, changelogs[index], askedAt, signal)),
    );
    await Promise.all(this.#tables.map((table, index) => table.recovered?.(this.#shards[index])));
    signal.throwIfAborted();
    for (const [index, table] of this.#tables.entries()) table.open?.(this, this.#shards[index]);
    this.#derived = this.#tables.flatMap((table, index) => table.derives?.(this, this.#shards[index]) ?? []);
    for (const each of this.#derived) {
      each.whenDue(() => this.#due());
      each.whenFailed((error) => this.#around.fail(error));
    }
    this.#settleSoon();
    return entries.reduce((sum, each) => sum + each, 0);
  }

  async #changelogs(signal: AbortSignal): Promise<Changelog[]> {
    const { recovery } = this.#around;
    const names = this.#tables.map(({ changelog }) => changelog);
    const logs = this.#tables.map((table) => this.#logOf(table));
    const [ends, ids] = await Promise.all([recovery.ends(logs, signal), recovery.topicIds(names, signal), this.#askBacklog(signal)]);
    return names.map((name, index) => ({ ends: ends[index], topicId: ids.get(name) }));
  }

  /** How far the logs of its topics go. Without an answer they are read as they come. */
  async #askBacklog(signal: AbortSignal): Promise<void> {
    const { alignment, number } = this;
    const topics = alignment?.topics ?? [];
    if (topics.length < 2) return;
    const asked = topics.map((topic) => ({ topic, partition: number }));
    const ends = await this.#around.recovery.ends(asked, signal).catch(() => []);
    for (const [index, { stable }] of ends.entries()) alignment?.ends(topics[index], stable);
  }

  #logsIn(changelogs: readonly Changelog[]): ReadonlyMap<string, string> {
    const logs = new Map<string, string>();
    for (const [index, { changelog, follows }] of this.#tables.entries()) {
      const { topicId } = changelogs[index];
      if (topicId !== undefined && follows === undefined) logs.set(changelog, topicId);
    }
    return logs;
  }

  #open({ stores, name, entriesAtATime }: GroupStorage): Promise<StoredGroup> {
    const { clock, logger, stallMs, fail } = this.#around;
    this.#opening = StoredGroup.open(stores, name, { clock, logger, stallMs, fail: (error) => fail(asError(error)), entriesAtATime });
    return this.#opening;
  }

  #logOf({ changelog, partition = this.number }: ShardedTable): TopicPartition {
    return { topic: changelog, partition };
  }

  #shardOf(table: ShardedTable): Shard {
    const { format, storedAs, tellsPrevious, hot } = table;
    const at = this.#logOf(table);
    const behind =
      this.#stored === undefined || this.#storage === undefined
        ? undefined
        : { table: this.#stored.table(format, this.#storage.cache, storedAs), cache: this.#storage.cache };
    const expiry = this.#expiryOf(format, behind?.table);
    return new Shard(at, format, this.#around.uncommitted, { behind, expiry, tellsPrevious, hot });
  }

  #expiryOf({ ttlMs, agesBy }: TableFormat, stored: StoredTable | undefined): Expiry | undefined {
    if (ttlMs === undefined || this.time === undefined) return undefined;
    return new Expiry({ ttlMs, agesBy }, this.time, stored?.index ?? new MemoryIndex(ttlMs));
  }

  /** Stores what was read, behind everything else. */
  #settleSoon(): void {
    if (this.#stored === undefined || this.#settling !== undefined) return;
    this.#settling = this.#settle()
      .then(() => {
        this.#settling = undefined;
        if (!this.#isClosed && this.#shards.some(({ stored }) => (stored?.owed.size ?? 0) > 0)) this.#settleSoon();
      })
      .catch(() => undefined);
  }

  /** Stores what was read. Then it need not be in memory. */
  async #settle(): Promise<void> {
    await this.#stored?.settle(this.#shards);
    await this.#makeRoom();
  }

  /** Undefined while memory has room for more of what is read. Else it is stored behind the reading, and some of it before that goes on. */
  #whenRoom(): Promise<void> | undefined {
    const cache = this.#storage?.cache;
    if (cache?.owesMuch !== true) return undefined;
    this.#settleSoon();
    return this.#stored?.settle(this.#shards, () => !cache.owesMuch);
  }

  async #makeRoom(): Promise<void> {
    if (this.#storage?.cache.isOver === true) await this.#storage.cache.trim();
  }

  /** A store that cannot be written is not tried again: whoever hands over would wait for it. */
  drain(): void {
    this.#stored?.drain();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    for (const table of this.#tables) table.close?.(this);
    for (const each of this.#derived) each.close();
    this.alignment?.close();
    const stored = await this.#opening?.catch(() => undefined);
    await stored?.close(this.#shards);
    for (const shard of this.#shards) shard.close();
    this.#closed();
  }

  get isEmpty(): boolean {
    return this.#shards.every(({ size }, index) => size === 0 || this.#tables[index].follows !== undefined);
  }

  get isDirty(): boolean {
    const isAnyDirty = [...this.#shards, ...this.#derived].some(({ isDirty }) => isDirty);
    return this.time?.hasMoved === true || isAnyDirty || this.#hasOver;
  }

  /** What the last sweep has left is in use, and whoever uses it makes for the next one. */
  get #hasOver(): boolean {
    return this.#derived.some(({ hasOver }) => hasOver) && (this.watermark?.now ?? this.#sweptAt) > this.#sweptAt;
  }

  prepare(): void {
    this.time?.prepare();
    for (const each of this.#derived) each.prepare();
    for (const shard of this.#shards) shard.prepare();
  }

  async write(changelog: ChangelogWriter): Promise<void> {
    for (const shard of this.#shards) await shard.write(changelog);
  }

  /** @throws StateError `STORE_FAILED` */
  async committed(): Promise<void> {
    if (this.#stored === undefined) for (const shard of this.#shards) await shard.committed();
    else await this.#stored.commit(this.#shards, this.#around.clock.now());
    this.time?.committed();
    for (const each of this.#derived) each.committed();
    await this.#expire();
    await this.#makeRoom();
  }

  async #expire(): Promise<void> {
    const isToStop = () => this.#isClosed || this.#around.uncommitted.isFull;
    try {
      for (const shard of this.#shards) if (!this.#isClosed) await shard.expire();
      this.#sweptAt = this.watermark?.now ?? Number.NEGATIVE_INFINITY;
      for (const each of this.#derived) await each.sweep(isToStop);
    } catch (error) {
      // What cannot be read any more because it was given up need not be.
      if (!this.#isClosed) throw error;
    }
  }

  dropped(): void {
    this.#turnstile.reset();
    this.time?.dropped();
    this.watermark?.restart();
    this.alignment?.restart();
    this.#sweptAt = Number.NEGATIVE_INFINITY;
    for (const shard of this.#shards) shard.dropped();
    for (const each of this.#derived) each.dropped();
  }
}
