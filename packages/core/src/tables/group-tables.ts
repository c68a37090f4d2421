import type { Logger } from 'pino';
import type { Attempt } from '../attempts/index.js';
import type { ChangelogWriter, UncommittedChanges } from '../checkpoints/index.js';
import { asError } from '../errors/index.js';
import type { Recovery } from '../recovery/index.js';
import type { Stores } from '../stores/index.js';
import type { Clock } from '../time/index.js';
import type { Batch } from '../transport/index.js';
import { Expiry } from './expiry/expiry.js';
import { GroupTime } from './expiry/group-time.js';
import { MemoryIndex } from './expiry/memory-index.js';
import { Shard } from './shard.js';
import type { CellCache } from './stored/cell-cache.js';
import { type Changelog, unusable } from './stored/start-position.js';
import { StoredGroup } from './stored/stored-group.js';
import type { StoredTable } from './stored/stored-table.js';
import type { TableFormat } from './table-format.js';
import { TableWrites } from './table-writes.js';
import { Turnstile } from './turnstile.js';

/** A table that has a shard in each group. */
export interface ShardedTable {
  readonly changelog: string;
  readonly format: TableFormat;
  /** The shard of a group was recovered, and is ours. */
  open(group: GroupTables, shard: Shard): void;
  /** It is ours no longer. */
  close(group: GroupTables): void;
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

/** Read beyond this share of what is stored, keys are counted at the end. */
const muchShare = 1 / 8;
const muchMin = 1_000;

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
  #closing: Promise<void> | undefined;
  #spare: TableWrites | undefined;
  /** Where entries of any of its tables expire. */
  readonly time: GroupTime | undefined;

  /**
   * @param storage missing where everything is in memory
   * @param closed told when it has let go of everything
   */
  constructor(
    readonly number: number,
    tables: readonly ShardedTable[],
    around: GroupSurroundings,
    storage?: GroupStorage,
    closed: () => void = () => {},
  ) {
    this.#tables = tables;
    this.#around = around;
    this.#storage = storage;
    this.#closed = closed;
    if (tables.some(({ format }) => format.ttlMs !== undefined)) this.time = new GroupTime(around.clock);
  }

  /** What an attempt changes in these shards. @throws Overtaken */
  writesOf(attempt: Attempt): TableWrites {
    if (attempt.writes !== undefined) return attempt.writes as TableWrites;
    const writes = this.#spare ?? new TableWrites(this.#turnstile, this.#released);
    this.#spare = undefined;
    writes.begin(attempt);
    return writes;
  }

  readonly #released = (writes: TableWrites): void => {
    this.#spare = writes;
  };

  /**
   * Reads from the changelogs what every shard misses. From then on its tables have it. What was read is stored behind it.
   * @returns how many entries were read
   */
  async recover(signal: AbortSignal): Promise<number> {
    const { clock } = this.#around;
    const changelogs = await this.#changelogs(signal);
    const askedAt = clock.now();
    signal.throwIfAborted();
    if (this.#storage !== undefined) this.#stored = await this.#open(this.#storage);
    signal.throwIfAborted();
    this.#shards = this.#tables.map((table) => this.#shardOf(table));
    const entries = await Promise.all(this.#shards.map((shard, index) => this.#recover(shard, changelogs[index], askedAt, signal)));
    signal.throwIfAborted();
    for (const [index, table] of this.#tables.entries()) table.open(this, this.#shards[index]);
    void this.#settle().catch(() => undefined);
    return entries.reduce((sum, each) => sum + each, 0);
  }

  async #changelogs(signal: AbortSignal): Promise<Changelog[]> {
    const { recovery } = this.#around;
    const names = this.#tables.map(({ changelog }) => changelog);
    const [ends, ids] = await Promise.all([
      recovery.ends(
        names.map((topic) => ({ topic, partition: this.number })),
        signal,
      ),
      this.#storage === undefined ? undefined : recovery.topicIds(names, signal),
    ]);
    return names.map((name, index) => ({ ends: ends[index], topicId: ids?.get(name) }));
  }

  #open({ stores, name, entriesAtATime }: GroupStorage): Promise<StoredGroup> {
    const { clock, logger, stallMs, fail } = this.#around;
    this.#opening = StoredGroup.open(stores, name, { clock, logger, stallMs, fail: (error) => fail(asError(error)), entriesAtATime });
    return this.#opening;
  }

  #shardOf({ changelog, format }: ShardedTable): Shard {
    const at = { topic: changelog, partition: this.number };
    const behind =
      this.#stored === undefined || this.#storage === undefined
        ? undefined
        : { table: this.#stored.table(format), cache: this.#storage.cache };
    return new Shard(at, format, this.#around.uncommitted, behind, this.#expiryOf(format, behind?.table));
  }

  #expiryOf({ ttlMs }: TableFormat, stored: StoredTable | undefined): Expiry | undefined {
    if (ttlMs === undefined || this.time === undefined) return undefined;
    return new Expiry(ttlMs, this.time, stored?.index ?? new MemoryIndex(ttlMs));
  }

  async #recover(shard: Shard, changelog: Changelog, askedAt: number, signal: AbortSignal): Promise<number> {
    const { recovery } = this.#around;
    const to = changelog.ends.high;
    const from = await this.#startOf(shard, changelog, askedAt);
    signal.throwIfAborted();
    const take = (batch: Batch) => this.#take(shard, batch);
    const isBehind = from === 'earliest' ? to > 0 : from < to;
    const entries = isBehind ? await recovery.read({ ...shard.changelog, from, to, take }, signal) : 0;
    const { stored } = shard;
    if (stored !== undefined) {
      stored.position = to;
      stored.seenAt = askedAt;
      stored.time = this.time?.closed;
    }
    await shard.restored(async () => {
      await this.#stored?.settle([shard]);
      return stored === undefined ? 0 : ((await this.#stored?.count(stored)) ?? 0);
    });
    return entries;
  }

  /** Where its changelog is read from. What is stored is forgotten where that does not go on from it. */
  async #startOf(shard: Shard, changelog: Changelog, now: number): Promise<number | 'earliest'> {
    const { stored } = shard;
    if (stored === undefined) return 'earliest';
    const { note } = stored;
    stored.topicId = changelog.topicId;
    const why = note === undefined ? undefined : unusable(note, changelog, now);
    if (why !== undefined)
      this.#around.logger.warn(`table ${stored.name} is read anew from ${shard.changelog.topic} ${this.number}: ${why}`);
    if (note === undefined || why !== undefined) {
      await this.#stored?.clear(stored);
      shard.restores(0, true);
      return 'earliest';
    }
    const { position, seenAt, size, time } = note;
    if (time !== undefined) this.time?.restore(time);
    stored.position = position;
    stored.seenAt = seenAt;
    shard.restores(size, changelog.ends.high - position > Math.max(muchMin, size * muchShare));
    return position;
  }

  #take(shard: Shard, batch: Batch): void | Promise<void> {
    if (this.#isClosed || batch.length === 0) return;
    shard.restore(batch);
    const { stored } = shard;
    if (stored === undefined) return;
    stored.position = batch.offset(batch.length - 1) + 1;
    // Keys that were deleted later may not be known as such as long.
    stored.seenAt = Math.max(0, batch.timestamp(batch.length - 1));
    if (this.#storage?.cache.isFull === true) return this.#settle();
  }

  /** Stores what was read. Then it need not be in memory. */
  async #settle(): Promise<void> {
    await this.#stored?.settle(this.#shards);
    await this.#makeRoom();
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
    for (const table of this.#tables) table.close(this);
    const stored = await this.#opening?.catch(() => undefined);
    await stored?.close(this.#shards);
    for (const shard of this.#shards) shard.close();
    this.#closed();
  }

  get isEmpty(): boolean {
    return this.#shards.every(({ size }) => size === 0);
  }

  get isDirty(): boolean {
    return this.time?.hasMoved === true || this.#shards.some((shard) => shard.isDirty);
  }

  prepare(): void {
    this.time?.prepare();
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
    await this.#expire();
    await this.#makeRoom();
  }

  async #expire(): Promise<void> {
    if (this.time === undefined) return;
    try {
      for (const shard of this.#shards) if (!this.#isClosed) await shard.expire();
    } catch (error) {
      // What cannot be read any more because it was given up need not be.
      if (!this.#isClosed) throw error;
    }
  }

  dropped(): void {
    this.#turnstile.reset();
    this.time?.dropped();
    for (const shard of this.#shards) shard.dropped();
  }
}
