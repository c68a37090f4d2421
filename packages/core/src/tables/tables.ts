import {
  type AnyTableDefinition,
  codecOf,
  type GlobalTableDefinition,
  isGlobalTable,
  isJoinedTable,
  isSetTable,
  isSourceTable,
  isTable,
  isTopic,
  isWritten,
  type JoinedTableDefinition,
  keyCodecOf,
  type LoggedDefinition,
  originOf,
  type SetTableDefinition,
  type ShardedDefinition,
  type SourceTableDefinition,
  type TableDefinition,
  type TopicDefinition,
  type WrittenDefinition,
} from '../definitions/index.js';
import { StateError } from '../errors/index.js';
import type { Stores } from '../stores/index.js';
import { durationMs } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import { BoundTable } from './bound-table.js';
import type { GroupTime } from './expiry/group-time.js';
import { type GroupStorage, type GroupSurroundings, GroupTables, type ShardedTable } from './group-tables.js';
import { GlobalTable } from './kinds/global-table.js';
import { GlobalTables } from './kinds/global-tables.js';
import { JoinedTable } from './kinds/joined-table.js';
import { SetKeys } from './kinds/set-keys.js';
import { BoundSetTable } from './kinds/set-table.js';
import { SourceTable } from './kinds/source-table.js';
import type { Feeds } from './places.js';
import type { ScannedTable } from './scanned-table.js';
import { CellCache } from './stored/cell-cache.js';
import { storeName } from './stored/store-name.js';
import { TableFormat } from './table-format.js';
import { copyOf } from './values.js';

/** Memory for cells of tables that are in stores: with what V8 leaves to its collector, a process of 400 MB has tables of any size. */
const cacheBytesMax = 32 * 1024 * 1024;

/** Tables and topics that must be assigned together: partition n of all of them is one worker's. */
export interface TableSet {
  /** The smallest name among its topics; of a table without topics `table:` and its own name. */
  readonly name: string;
  /** Each name once, in the order of names. */
  readonly topics: readonly TopicDefinition[];
  readonly tables: readonly ShardedDefinition[];
  /** Topics of others that some of the tables are views of. */
  readonly sources?: readonly SourceUse[];
}

/** A topic that a table of a set is the view of: it is read without the group, and has as many partitions as the topics of the set. */
export interface SourceUse {
  readonly table: string;
  readonly topic: string;
  /** How the table comes to the topics of the set: `Enrich → customers`. */
  readonly via: string;
}

/** The state of a set of topics. */
export interface TableState extends TableSet {
  /** Of the tables that are written. */
  readonly changelogs: readonly string[];
  readonly placedIn: number | undefined;
  connect(partitions: number): void;
  open(number: number, around: GroupSurroundings): GroupTables;
  /** The time of a partition group that is open, where entries expire. */
  timeOf(number: number): GroupTime | undefined;
}

/** A table with a shard in each partition group. */
type BoundShards = ShardedTable & { connect(feeds: Feeds): void };

/** The tables of one worker: made when they are injected, filled when their partitions are assigned. */
export class Tables {
  readonly #bound = new Map<ShardedDefinition, BoundShards>();
  readonly #globals = new Map<GlobalTableDefinition, GlobalTable>();
  #running: GlobalTables | undefined;
  readonly #changelogOf: (definition: WrittenDefinition) => string;
  readonly #topics: Topics;
  readonly #changed: readonly TableDefinition[];
  readonly #groups = new Set<GroupTables>();
  #storage: Omit<GroupStorage, 'name'> | undefined;

  /**
   * @param topics say how the topics are read that tables are views of
   * @param changed the tables whose changes are read
   */
  constructor(changelogOf: (definition: WrittenDefinition) => string, topics: Topics, changed: readonly TableDefinition[] = []) {
    this.#changelogOf = changelogOf;
    this.#changed = changed;
    this.#topics = topics;
  }

  /**
   * Keeps tables in stores, and in memory what was used of late. Called before any group is opened.
   * @param cacheBytes how much memory that may take, about
   */
  keepIn(stores: Stores, cacheBytes = cacheBytesMax): void {
    this.#storage = { stores, cache: new CellCache(cacheBytes) };
  }

  /** The table of a definition; the same one for every call. */
  of(definition: TableDefinition<never, never, never> | TableDefinition): BoundTable;
  of(definition: ShardedDefinition): BoundShards;
  of(definition: GlobalTableDefinition): GlobalTable;
  of(definition: AnyTableDefinition): object;
  of(definition: AnyTableDefinition): object {
    if (isJoinedTable(definition)) return this.#join(definition);
    return isGlobalTable(definition) ? this.#global(definition) : this.#sharded(definition);
  }

  #join({ name, left, right, isLeft, combine }: JoinedTableDefinition): JoinedTable {
    const [one, other] = [left, right].map((side) => this.of(side as AnyTableDefinition) as ScannedTable);
    return new JoinedTable({ name, left: one, right: other, isLeft, combine });
  }

  #sharded(definition: ShardedDefinition): BoundShards {
    const known = this.#bound.get(definition);
    if (known !== undefined) return known;
    const table = this.#bindAny(definition);
    this.#bound.set(definition, table);
    return table;
  }

  #bindAny(definition: ShardedDefinition): BoundShards {
    if (isSourceTable(definition)) return this.#bindSource(definition);
    return isSetTable(definition) ? this.#bindSet(definition) : this.#bind(definition);
  }

  #bindSet(definition: SetTableDefinition): BoundSetTable {
    return new BoundSetTable({ name: definition.name, changelog: this.#changelogOf(definition), keys: setKeysOf(definition) });
  }

  #bind(definition: TableDefinition): BoundTable {
    const { name, options } = definition;
    const tellsPrevious = this.#changed.includes(definition);
    return new BoundTable({
      ...{ name, tellsPrevious },
      changelog: this.#changelogOf(definition),
      format: writtenFormat(definition, { tellsPrevious }),
      default: defaultOf(definition),
      placement: options.placement ?? 'key',
    });
  }

  #bindSource(definition: SourceTableDefinition): SourceTable {
    const { name, options } = definition;
    const { keyCodec } = this.#topics.of(options.source);
    const format = formatOf(definition, this.#topics);
    return new SourceTable({ name, topic: options.source.name, format, keyCodec, default: defaultOf(definition) });
  }

  #global(definition: GlobalTableDefinition): GlobalTable {
    const known = this.#globals.get(definition);
    if (known !== undefined) return known;
    const origin = originOf(definition);
    const topic = isTopic(origin) ? origin.name : this.#changelogOf(origin);
    const format = formatOf(definition, this.#topics);
    const table = new GlobalTable({ name: definition.name, topic, format, default: defaultOf(definition) });
    this.#globals.set(definition, table);
    return table;
  }

  /** Brings tables to what their topics have, and keeps them there until `close`. Resolves when they are whole. */
  async recoverGlobals(definitions: readonly GlobalTableDefinition[], around: GroupSurroundings): Promise<void> {
    const tables = definitions.map((each) => this.#global(each));
    this.#running = new GlobalTables(tables, ({ name }, parts, around, isFirst) =>
      // Those that are found later are few, and in the store after the next start.
      this.#open(0, parts, around, isFirst ? storeName(`global:${name}`, 0) : undefined),
    );
    await this.#running.recover(around);
  }

  #open(number: number, tables: readonly ShardedTable[], around: GroupSurroundings, store: string | undefined): GroupTables {
    const storage = this.#storage && store !== undefined ? { ...this.#storage, name: store } : undefined;
    const group = new GroupTables(number, tables, around, storage, () => this.#groups.delete(group));
    this.#groups.add(group);
    return group;
  }

  /** Closes what is open, once the worker has ended. */
  async close(): Promise<void> {
    this.#running?.close();
    await Promise.all([...this.#groups].map((group) => group.close()));
    await this.#storage?.stores.close();
  }

  /** What the worker keeps for the partition groups of a set. */
  stateOf(set: TableSet): TableState {
    const { name, topics: feeding, tables } = set;
    const bound = tables.map((definition) => this.of(definition));
    const names = feeding.flatMap(({ names }) => names.map(String));
    const [first] = feeding;
    let partitions = Number.POSITIVE_INFINITY;
    const times = new Map<number, GroupTime | undefined>();
    return {
      ...set,
      changelogs: tables.filter(isWritten).map(this.#changelogOf),
      get placedIn() {
        const isPlaced = tables.some((each) => isSetTable(each) || (isTable(each) && each.options.placement !== 'event'));
        return isPlaced && Number.isFinite(partitions) ? partitions : undefined;
      },
      connect: (count) => {
        partitions = count;
        for (const table of bound) table.connect({ topics: names, partitions, keyCodec: this.#topics.of(first).keyCodec });
      },
      open: (number, around) => {
        if (number >= partitions) throw grown(names, partitions);
        const group = this.#open(number, bound, around, storeName(name, number));
        times.set(number, group.time);
        return group;
      },
      timeOf: (number) => times.get(number),
    };
  }
}

/** Keys lie elsewhere from now on: what is counted would be wrong in silence. */
function grown(topics: readonly string[], partitions: number): StateError {
  return new StateError(
    `${topics.join(', ')} had ${partitions} partitions and has more: its keys lie in other partitions than the tables that they feed. Write it anew under another name with as many partitions as are wanted, or regroup it (groupBy)`,
    { code: 'PARTITIONS_CHANGED' },
  );
}

/** How keys and values of a table stand in the topic that it is read from. Entries expire where they are written. */
export function formatOf(definition: LoggedDefinition, topics: Topics): TableFormat {
  const { name } = definition;
  const origin = originOf(definition);
  if (isSetTable(origin)) return setKeysOf(origin).format;
  if (isTable(origin)) return writtenFormat(origin, { isCopy: !isTable(definition) });
  const { keyCodec, valueCodec } = topics.of(origin);
  return new TableFormat(name, keyCodec, valueCodec);
}

/** @param isCopy whether it is that of a copy: there nothing expires by itself, it is deleted as the table says */
function writtenFormat(
  { name, options: { key, value, ttl } }: TableDefinition,
  { isCopy = false, tellsPrevious = false }: { readonly isCopy?: boolean; readonly tellsPrevious?: boolean },
): TableFormat {
  const ttlMs = ttl === undefined || isCopy ? undefined : durationMs(ttl, 'ttl');
  return new TableFormat(name, keyCodecOf(key), codecOf(value), { ttlMs, tellsPrevious });
}

/** How the elements of a table of sets stand in its changelog. */
export function setKeysOf({ name, options }: SetTableDefinition): SetKeys {
  return new SetKeys(name, keyCodecOf(options.key), keyCodecOf(options.value));
}

/** What `get` gives of a key that is not there: each time one of its own. */
export function defaultOf({ options: { default: given } }: { readonly options: { readonly default?: unknown } }): () => unknown {
  if (typeof given === 'function') return given as () => unknown;
  return typeof given === 'object' && given !== null ? () => copyOf(given) : () => given;
}
