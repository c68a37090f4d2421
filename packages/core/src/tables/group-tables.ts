import type { Attempt } from '../attempts/index.js';
import type { ChangelogWriter } from '../checkpoints/index.js';
import type { Recovery } from '../recovery/index.js';
import type { Batch } from '../transport/index.js';
import { Shard } from './shard.js';
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

/** The state of one partition group: the shards of all tables that its topics share. */
export class GroupTables {
  readonly #tables: readonly ShardedTable[];
  readonly #shards: readonly Shard[];
  readonly #recovery: Recovery;
  readonly #turnstile = new Turnstile();
  #spare: TableWrites | undefined;

  constructor(
    readonly number: number,
    tables: readonly ShardedTable[],
    recovery: Recovery,
  ) {
    this.#tables = tables;
    this.#shards = tables.map(({ changelog, format }) => new Shard({ topic: changelog, partition: number }, format));
    this.#recovery = recovery;
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

  /** Reads every shard from its changelog. From then on its tables have it. @returns how many entries were read */
  async recover(signal: AbortSignal): Promise<number> {
    const ends = await this.#recovery.ends(
      this.#shards.map(({ changelog }) => changelog),
      signal,
    );
    const entries = await Promise.all(this.#shards.map((shard, index) => this.#recover(shard, ends[index].high, signal)));
    signal.throwIfAborted();
    for (const [index, table] of this.#tables.entries()) table.open(this, this.#shards[index]);
    return entries.reduce((sum, each) => sum + each, 0);
  }

  async #recover(shard: Shard, to: number, signal: AbortSignal): Promise<number> {
    const stretch = { ...shard.changelog, from: 'earliest', to, take: (batch: Batch) => shard.restore(batch) } as const;
    const entries = to > 0 ? await this.#recovery.read(stretch, signal) : 0;
    shard.restored();
    return entries;
  }

  async close(): Promise<void> {
    for (const table of this.#tables) table.close(this);
  }

  get isEmpty(): boolean {
    return this.#shards.every(({ size }) => size === 0);
  }

  get isDirty(): boolean {
    return this.#shards.some((shard) => shard.isDirty);
  }

  prepare(): void {
    for (const shard of this.#shards) shard.prepare();
  }

  async write(changelog: ChangelogWriter): Promise<void> {
    for (const shard of this.#shards) await shard.write(changelog);
  }

  async committed(): Promise<void> {
    for (const shard of this.#shards) await shard.committed();
  }

  dropped(): void {
    this.#turnstile.reset();
    for (const shard of this.#shards) shard.dropped();
  }
}
