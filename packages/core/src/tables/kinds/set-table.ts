import type { Attempt } from '../../attempts/index.js';
import { eachCellKey } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { HotKeys } from '../hot/hot-keys.js';
import { type Feeds, LocalShards } from '../local-shards.js';
import type { Shard } from '../shard.js';
import type { SetTable } from '../table.js';
import type { TableFormat } from '../table-format.js';
import type { TableWrites } from '../table-writes.js';
import { prefixIn, type SetKeys } from './set-keys.js';

/** What a table of sets is bound with. */
export interface SetTableParts {
  readonly name: string;
  readonly changelog: string;
  readonly keys: SetKeys;
}

/** By the prefix of a set: the cell keys of all elements that it has or may have. */
type Index = Map<string, Set<string>>;

/** A set of a shard, as an attempt sees it, or nobody. */
interface Seen {
  readonly shard: Shard;
  readonly writes: TableWrites | undefined;
  readonly index: Index;
  readonly prefix: string;
}

/**
 * A table of sets: an entry of its shard for each element. Which elements a set may have is known in memory; whether it has them, the shard knows. Whoever reads
 * whole sets in an attempt is overtaken by any change of the shard.
 */
export class BoundSetTable implements SetTable, ShardedTable {
  readonly #parts: SetTableParts;
  readonly #local: LocalShards;
  readonly hot: HotKeys;
  readonly #indexes = new WeakMap<Shard, Index>();

  constructor(parts: SetTableParts) {
    this.#parts = parts;
    this.#local = new LocalShards({ name: parts.name, placement: 'key' });
    const { keys } = parts;
    this.hot = new HotKeys({
      counted: prefixIn,
      keyOf: (prefix) => keys.keyOf(prefix),
      bytesOf: (prefix) => keys.keyBytesOf(prefix),
    });
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.keys.format;
  }

  connect(feeds: Feeds): void {
    this.#local.connect(feeds);
  }

  async recovered(shard: Shard): Promise<void> {
    const index: Index = new Map();
    await eachCellKey(shard, (cellKey) => note(index, cellKey));
    this.#indexes.set(shard, index);
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  add(key: unknown, ...elements: unknown[]): void {
    const { keys } = this.#parts;
    const seen = this.#in(this.#local.writing(), key);
    for (const element of elements) {
      const cellKey = keys.cellKey(seen.prefix, element);
      note(seen.index, cellKey);
      const cell = seen.shard.cell(cellKey);
      if (seen.writes.read(seen.shard, cell) === undefined) seen.writes.write(seen.shard, cell, true);
    }
  }

  remove(key: unknown, ...elements: unknown[]): void {
    const { keys } = this.#parts;
    const seen = this.#in(this.#local.writing(), key);
    for (const element of elements) this.#remove(seen, keys.cellKey(seen.prefix, element));
  }

  delete(key: unknown): boolean {
    const seen = this.#in(this.#local.writing(), key);
    const all = [...elementsOf(seen)];
    for (const cellKey of all) this.#remove(seen, cellKey);
    return all.length > 0;
  }

  #remove({ shard, writes }: Seen & { readonly writes: TableWrites }, cellKey: string): void {
    const cell = shard.cell(cellKey);
    if (writes.read(shard, cell) !== undefined) writes.write(shard, cell, undefined);
  }

  has(key: unknown, element: unknown): boolean {
    const seen = this.#seen(key);
    const { shard, writes, prefix } = seen;
    const cellKey = this.#parts.keys.cellKey(prefix, element);
    if (writes !== undefined) return writes.read(shard, shard.cell(cellKey)) !== undefined;
    return shard.find(cellKey)?.value !== undefined;
  }

  get(key: unknown): ReadonlySet<unknown> {
    return new Set([...elementsOf(this.#seen(key))].map((cellKey) => this.#parts.keys.elementOf(cellKey)));
  }

  *keys(): Generator<unknown> {
    const attempt = this.#local.reading();
    const parts = attempt === undefined ? this.#local.parts : [this.#local.partOf(attempt)];
    for (const { shard, group } of parts) {
      const writes = attempt === undefined ? undefined : group.writesOf(attempt);
      const index = this.#indexOf(shard);
      for (const prefix of [...index.keys()]) {
        const { done } = elementsOf({ shard, writes, index, prefix }).next();
        if (done !== true) yield this.#parts.keys.keyOf(prefix);
      }
    }
  }

  #seen(key: unknown): Seen {
    const attempt = this.#local.reading();
    if (attempt !== undefined) return this.#in(attempt, key);
    const shard = this.#local.shardOf(key);
    return { shard, writes: undefined, index: this.#indexOf(shard), prefix: this.#parts.keys.prefixOf(key) };
  }

  /** @throws StateError `KEY_MISPLACED` */
  #in(attempt: Attempt, key: unknown): Seen & { readonly writes: TableWrites } {
    const { shard, group } = this.#local.partOf(attempt);
    const index = this.#indexOf(shard);
    const prefix = this.#parts.keys.prefixOf(key);
    // Asked once for each set: one that has elements is where it belongs.
    if (!index.has(prefix)) this.#local.mustBelong(key, shard.changelog.partition);
    return { shard, writes: group.writesOf(attempt), index, prefix };
  }

  #indexOf(shard: Shard): Index {
    const index = this.#indexes.get(shard) ?? new Map();
    this.#indexes.set(shard, index);
    return index;
  }
}

function note(index: Index, cellKey: string): void {
  const prefix = prefixIn(cellKey);
  const known = index.get(prefix);
  if (known === undefined) index.set(prefix, new Set([cellKey]));
  else known.add(cellKey);
}

/** The cell keys of the elements that are there. What nobody has any more is forgotten on the way. */
function* elementsOf({ shard, writes, index, prefix }: Seen): Generator<string> {
  writes?.scan(shard);
  for (const cellKey of [...(index.get(prefix) ?? [])]) {
    const cell = shard.find(cellKey);
    if (cell === undefined) index.get(prefix)?.delete(cellKey);
    else if ((writes === undefined ? cell.value : writes.peek(shard, cell)) !== undefined) yield cellKey;
  }
  if (index.get(prefix)?.size === 0) index.delete(prefix);
}
