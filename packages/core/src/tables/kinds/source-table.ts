import type { Codec } from '../../codecs/index.js';
import type { StoreRange } from '../../stores/index.js';
import { Entries } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { type Feeds, LocalShards } from '../local-shards.js';
import { ScannedTable } from '../scanned-table.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';

/** What the view of a topic is bound with. */
export interface SourceTableParts {
  readonly name: string;
  /** The topic. */
  readonly topic: string;
  readonly format: TableFormat;
  /** Of the topic: says where a key lies. */
  readonly keyCodec: Codec<unknown>;
  /** Gives what `get` gives for a key that is not there. */
  readonly default: () => unknown;
}

/** The view of a topic, in the partitions that a worker has. What is read is what is there now: an attempt that runs again may find something newer. */
export class SourceTable extends ScannedTable implements ShardedTable {
  readonly follows = 'others';
  readonly #parts: SourceTableParts;
  readonly #local: LocalShards;

  constructor(parts: SourceTableParts) {
    super();
    this.#parts = parts;
    this.#local = new LocalShards({ name: parts.name, placement: 'key' });
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.topic;
  }

  get format(): TableFormat {
    return this.#parts.format;
  }

  connect(feeds: Feeds): void {
    this.#local.connect({ ...feeds, keyCodec: this.#parts.keyCodec });
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  get(key: unknown): unknown {
    return this.#read(key) ?? this.#parts.default();
  }

  has(key: unknown): boolean {
    return this.#read(key) !== undefined;
  }

  /** @throws StateError `KEY_MISPLACED` where it is not there and could not be */
  #read(key: unknown): unknown {
    const attempt = this.#local.reading();
    const shard = attempt === undefined ? this.#local.shardOf(key) : this.#local.partOf(attempt).shard;
    const value = shard.valueUnder(this.format.cellKey(key));
    if (value === undefined && attempt !== undefined) this.#local.mustBelong(key, shard.changelog.partition);
    return value;
  }

  scan(range?: StoreRange): Entries {
    return new Entries(this.#shards, undefined, range);
  }

  bytesOf(key: unknown): Buffer {
    return this.format.keyBytes(this.format.cellKey(key));
  }

  get size(): number {
    return this.#shards.reduce((sum, { size }) => sum + size, 0);
  }

  /** In an event that of its partition. */
  get #shards(): readonly Shard[] {
    const attempt = this.#local.reading();
    return attempt === undefined ? this.#local.shards : [this.#local.partOf(attempt).shard];
  }
}
