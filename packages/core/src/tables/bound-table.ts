import type { StoreRange } from '../stores/index.js';
import type { Cell } from './cell.js';
import { Entries } from './entries.js';
import type { GroupTables, ShardedTable } from './group-tables.js';
import { HotKeys } from './hot/hot-keys.js';
import { type Feeds, LocalShards } from './local-shards.js';
import { ScannedTable } from './scanned-table.js';
import type { Shard } from './shard.js';
import type { Stale, Table } from './table.js';
import type { TableFormat } from './table-format.js';
import { copyOf } from './values.js';

/** What a table is bound with. */
export interface TableParts {
  readonly name: string;
  readonly changelog: string;
  readonly format: TableFormat;
  /** Gives what `get` gives for a key that is not there. */
  readonly default: () => unknown;
  readonly placement: 'key' | 'event';
  /** Whether somebody reads its changes. */
  readonly tellsPrevious?: boolean;
}

/** A table of a worker: finds the shard, and the attempt that the calling code belongs to. */
export class BoundTable extends ScannedTable implements Table, ShardedTable {
  readonly #parts: TableParts;
  readonly #local: LocalShards;
  readonly hot: HotKeys;
  /** Copies of shards that other workers have. */
  readonly #copies: LocalShards;

  constructor(parts: TableParts) {
    super();
    this.#parts = parts;
    this.#local = new LocalShards(parts);
    this.#copies = new LocalShards(parts);
    const { format } = parts;
    this.hot = new HotKeys({ keyOf: (cellKey) => format.key(cellKey), bytesOf: (cellKey) => format.keyBytes(cellKey) });
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.format;
  }

  get tellsPrevious(): boolean {
    return this.#parts.tellsPrevious === true;
  }

  connect(feeds: Feeds): void {
    this.#local.connect(feeds);
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  /** Copies of its shards, as a group recovers them that nobody here writes. */
  get copy(): ShardedTable {
    const { changelog, format } = this.#parts;
    return {
      ...{ changelog, format, follows: 'owner' },
      open: (group, shard) => this.#copies.open(group, shard),
      close: (group) => this.#copies.close(group),
    };
  }

  get(key: unknown, options?: Stale): unknown {
    return this.#read(key, options) ?? this.#parts.default();
  }

  has(key: unknown, options?: Stale): boolean {
    return this.#read(key, options) !== undefined;
  }

  set(key: unknown, value: unknown): void {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    group.writesOf(attempt).write(shard, this.#cell(shard, key), value ?? undefined);
  }

  delete(key: unknown): boolean {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const cell = this.#cell(shard, key);
    const writes = group.writesOf(attempt);
    const wasThere = writes.read(shard, cell) !== undefined;
    if (wasThere) writes.write(shard, cell, undefined);
    return wasThere;
  }

  update(key: unknown, change: (old: unknown) => unknown): unknown {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const cell = this.#cell(shard, key);
    const writes = group.writesOf(attempt);
    const old = writes.read(shard, cell);
    const changed = change(old === undefined ? this.#parts.default() : copyOf(old)) ?? undefined;
    writes.write(shard, cell, changed);
    return changed;
  }

  bytesOf(key: unknown): Buffer {
    return this.format.keyBytes(this.format.cellKey(key));
  }

  scan(range?: StoreRange): Entries {
    const attempt = this.#local.reading();
    if (attempt === undefined) return new Entries(this.#local.shards, undefined, range);
    const { group, shard } = this.#local.partOf(attempt);
    return new Entries([shard], { attempt, writesOf: (each) => group.writesOf(each) }, range);
  }

  get size(): number {
    const attempt = this.#local.reading();
    if (attempt !== undefined) return this.#local.partOf(attempt).shard.size;
    return this.#local.shards.reduce((sum, { size }) => sum + size, 0);
  }

  #read(key: unknown, options?: Stale): unknown {
    const attempt = this.#local.reading();
    if (attempt !== undefined) {
      const { group, shard } = this.#local.partOf(attempt);
      return group.writesOf(attempt).read(shard, this.#cell(shard, key));
    }
    return this.#local.shardOf(key, options?.stale === true ? this.#copies : undefined).valueUnder(this.format.cellKey(key));
  }

  /** @throws StateError `KEY_MISPLACED` */
  #cell(shard: Shard, key: unknown): Cell {
    const cellKey = this.format.cellKey(key);
    const known = shard.known(cellKey);
    if (known !== undefined) return known;
    // Asked once for each key: one that has a cell is where it belongs.
    if (this.#parts.placement === 'key') this.#local.mustBelong(key, shard.changelog.partition);
    return shard.cell(cellKey);
  }
}
