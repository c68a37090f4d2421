import type { Codec } from '../codecs/index.js';
import {
  type AnyTableDefinition,
  codecOf,
  disorderOf,
  type GlobalTableDefinition,
  isGlobalTable,
  isJoinedTable,
  isRetries,
  isTable,
  isTopic,
  isWritten,
  type JoinDefinition,
  type JoinedTableDefinition,
  originOf,
  placementOf,
  type ShardedDefinition,
  type TableDefinition,
  type TopicDefinition,
  valueSchema,
} from '../definitions/index.js';
import { StateError } from '../errors/index.js';
import type { DerivedSource, EventTime, Parking } from '../lanes/index.js';
import { MemoryStores, type Stores } from '../stores/index.js';
import type { BoundTable } from './bound-table.js';
import { type GroupOptions, type GroupStorage, type GroupSurroundings, GroupTables, type ShardedTable } from './group-tables.js';
import type { HotTable } from './hot/hot-keys.js';
import type { StreamJoin } from './joins/stream-join.js';
import { GlobalTable } from './kinds/global-table.js';
import { GlobalTables } from './kinds/global-tables.js';
import { JoinedTable } from './kinds/joined-table.js';
import { Standbys } from './kinds/standbys.js';
import { defaultOf, derivedNames, formatOf } from './making/formats.js';
import { type BoundShards, ShardedTables, type TablesParts } from './making/sharded-tables.js';
import type { RetriesTable } from './retries/retries-table.js';
import type { ScannedTable } from './scanned-table.js';
import { CellCache } from './stored/cell-cache.js';
import { storeName } from './stored/store-name.js';

/** Memory for cells of tables that are in stores, in bytes: with what V8 leaves to its collector, a process of 400 MB has tables of any size. */
export const cacheBytesStandard = 32 * 1024 * 1024;

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
  readonly keyPartitions: number | undefined;
  connect(partitions: number): void;
  open(number: number, around: GroupSurroundings): GroupTables;
  /** How what its groups derive stands in the place of a topic. */
  readonly derived: readonly string[];
  /** Whether its groups have watermarks. */
  readonly hasWatermark: boolean;
  /** How many partitions its topics have, once that is known. */
  readonly partitions: number | undefined;
  /** What goes by the event times of a partition group that is open; undefined where nothing does. */
  timeOf(number: number, topic: string): EventTime | undefined;
  /** What a partition group derives under such a name. */
  derivedOf(number: number, topic: string): DerivedSource | undefined;
  /** Where events of an agent wait that are parked, in such a group; undefined where they wait in their lanes. */
  parkingOf(number: number, agent: string, topic: string): Parking | undefined;
}

/** Where groups are kept, each under its name. */
type Stored = Omit<GroupStorage, 'name'>;

/** The tables of one worker: made when they are injected, filled when their partitions are assigned. */
export class Tables {
  readonly #bound = new Map<ShardedDefinition, BoundShards>();
  readonly #globals = new Map<GlobalTableDefinition, GlobalTable>();
  #running: GlobalTables | undefined;
  readonly #parts: TablesParts;
  readonly #sharding: ShardedTables;
  readonly #groups = new Set<GroupTables>();
  readonly #standbys: Standbys[] = [];
  #storage: Stored | undefined;
  /** Where tables with copies are kept in memory: what was copied goes on as a shard, and a shard as a copy. */
  #inMemory: Stored | undefined;

  constructor(parts: TablesParts) {
    this.#parts = parts;
    this.#sharding = new ShardedTables(parts);
  }

  /** Keeps tables in stores, and in memory what was used of late. Called before any group is opened. */
  keepIn(stores: Stores): void {
    this.#storage = this.#storedIn(stores);
  }

  #storedIn(stores: Stores): Stored {
    return { stores, cache: new CellCache(this.#parts.cacheBytes ?? cacheBytesStandard) };
  }

  /** The table of a definition; the same one for every call. */
  of(definition: TableDefinition<never, never, never> | TableDefinition): BoundTable;
  of(definition: ShardedDefinition): BoundShards;
  of(definition: GlobalTableDefinition): GlobalTable;
  of(definition: AnyTableDefinition): object;
  of(given: AnyTableDefinition | TableDefinition<never, never, never>): object {
    const definition = given as AnyTableDefinition;
    if (isJoinedTable(definition)) return this.#join(definition);
    return isGlobalTable(definition) ? this.#global(definition) : this.#sharded(definition);
  }

  #join({ name, left, right, type, combine }: JoinedTableDefinition): JoinedTable {
    const [one, other] = [left, right].map((side) => this.of(side as AnyTableDefinition) as ScannedTable);
    return new JoinedTable({ name, left: one, right: other, type, combine });
  }

  #sharded(definition: ShardedDefinition): BoundShards {
    const known = this.#bound.get(definition);
    if (known !== undefined) return known;
    const table = this.#sharding.make(definition);
    this.#bound.set(definition, table);
    return table;
  }

  /** The join of a definition; the same one for every call. */
  joinOf(definition: JoinDefinition): StreamJoin {
    return this.#sharded(definition) as StreamJoin;
  }

  #global(definition: GlobalTableDefinition): GlobalTable {
    const known = this.#globals.get(definition);
    if (known !== undefined) return known;
    const origin = originOf(definition);
    const topic = isTopic(origin) ? origin.name : this.#parts.changelogOf(origin);
    const format = formatOf(definition, this.#parts.topics);
    const table = new GlobalTable({ name: definition.name, topic, format, default: defaultOf(definition) });
    this.#globals.set(definition, table);
    return table;
  }

  /** Brings tables to what their topics have, and keeps them there until `close`. Resolves when they are whole. */
  async recoverGlobals(definitions: readonly GlobalTableDefinition[], around: GroupSurroundings): Promise<void> {
    const tables = definitions.map((each) => this.#global(each));
    this.#running = new GlobalTables(tables, ({ name }, parts, around, isFirst) =>
      // Those that are found later are few, and in the store after the next start.
      this.#open(0, parts, around, { storage: isFirst ? this.#stored(storeName(`global:${name}`, 0)) : undefined }),
    );
    await this.#running.recover(around);
  }

  #open(number: number, tables: readonly ShardedTable[], around: GroupSurroundings, { closed, ...options }: GroupOptions): GroupTables {
    const group = new GroupTables(number, tables, around, {
      ...options,
      closed: () => {
        this.#groups.delete(group);
        closed?.();
      },
    });
    this.#groups.add(group);
    return group;
  }

  /** Missing where everything is in memory alone. */
  #stored(name: string, isCopied = false): GroupStorage | undefined {
    if (this.#storage === undefined && isCopied) this.#inMemory ??= this.#storedIn(new MemoryStores());
    const storage = this.#storage ?? (isCopied ? this.#inMemory : undefined);
    return storage && { ...storage, name };
  }

  /** Which keys of its tables are hot; undefined where nothing has come since it was asked last. */
  hot(): HotTable[] | undefined {
    const written = [...this.#bound].flatMap(([{ name }, { hot }]) => (hot === undefined ? [] : [{ name, hot }]));
    if (!written.some(({ hot }) => hot.hasChanged)) return undefined;
    return written.map(({ name, hot }) => ({ table: name, keys: hot.report() }));
  }

  /** Keeps copies of what other workers have, of tables that ask for it, while nothing is recovered. */
  keepCopies(around: GroupSurroundings): { stop(): void } {
    for (const each of this.#standbys) each.start({ ...around, recovery: around.recovery.behind });
    return {
      stop: () => {
        for (const each of this.#standbys) each.stop();
      },
    };
  }

  /** Closes what is open, once the worker has ended. */
  async close(): Promise<void> {
    this.#running?.close();
    await Promise.all([...this.#groups].map((group) => group.close()));
    await this.#storage?.stores.close();
  }

  /** How the values of a topic of a set are read, or of what is derived from its tables. */
  #valueCodecOf(name: string, { topics, tables }: TableSet): Codec<unknown> {
    const topic = topics.find((each) => each.names.includes(name));
    if (topic !== undefined) return this.#parts.topics.of(topic).valueCodec;
    const table = tables.filter(isWritten).find((each) => derivedNames(each).includes(name));
    return codecOf(table === undefined ? 'raw' : valueSchema(table.options));
  }

  /**
   * What the worker keeps for the partition groups of a set.
   * @param isTimed whether they have watermarks though no table of theirs goes by them
   */
  stateOf(set: TableSet, isTimed = false): TableState {
    const { name, topics: feeding, tables } = set;
    const bound = tables.map((definition) => this.of(definition));
    const names = feeding.flatMap(({ names }) => names.map(String));
    const derived = tables.flatMap(derivedNames);
    const changelogs = tables.filter(isWritten).map(this.#parts.changelogOf);
    const disorders = new Map(feeding.filter(({ name }) => !changelogs.includes(name)).map((each) => [each.name, disorderOf(each)]));
    const parking = new Set(tables.filter(isRetries).flatMap(derivedNames));
    const [first] = feeding;
    let partitions = Number.POSITIVE_INFINITY;
    const groups = new Map<number, GroupTables>();
    const copies = tables.filter(isCopied).map((definition) => this.of(definition).copy);
    const storageOf = (number: number) => (tables.length === 0 ? undefined : this.#stored(storeName(name, number), copies.length > 0));
    const standbys = new Standbys({
      ...{ name, partitions: () => (copies.length > 0 && Number.isFinite(partitions) ? partitions : 0) },
      open: (number, around) => this.#open(number, copies, around, { storage: storageOf(number) }),
    });
    this.#standbys.push(standbys);
    return {
      ...set,
      changelogs,
      derived,
      hasWatermark: isTimed || bound.some(({ goesByWatermark }) => goesByWatermark),
      get partitions() {
        return Number.isFinite(partitions) ? partitions : undefined;
      },
      get keyPartitions() {
        const isPlaced = tables.some((each) => isWritten(each) && placementOf(each) === 'key');
        return isPlaced && Number.isFinite(partitions) ? partitions : undefined;
      },
      connect: (count) => {
        partitions = count;
        const { keyCodec } = this.#parts.topics.of(first);
        const valueCodec = (name: string) => this.#valueCodecOf(name, set);
        for (const table of bound) table.connect({ topics: [...names, ...derived], partitions, keyCodec, valueCodec });
      },
      open: (number, around) => {
        if (number >= partitions) throw grown(names, partitions);
        standbys.taken(number);
        const closed = () => standbys.returned(number);
        const group = this.#open(number, bound, around, { storage: storageOf(number), disorders, isTimed, closed });
        groups.set(number, group);
        return group;
      },
      // What is derived has a time of its own, and moves none; that of parked events is looked at as in their own lanes.
      timeOf: (number, topic) => {
        const time = groups.get(number)?.eventTime;
        if (!derived.includes(topic)) return time;
        return parking.has(topic) && time?.watermark !== undefined ? stillChecked : still;
      },
      parkingOf: (number, agent, topic) => {
        const retries = tables.filter(isRetries).find((each) => each.agent === agent);
        const group = groups.get(number);
        return retries && group && (this.of(retries) as object as RetriesTable).parkingIn(group, topic);
      },
      derivedOf: (number, topic) => groups.get(number)?.derived.find((each) => each.topic === topic),
    };
  }
}

/** Event time that stands still. */
const still: EventTime = { finished: () => undefined };
const stillChecked: EventTime = { ...still, isChecked: true };

/** Keys lie elsewhere from now on: what is counted would be wrong in silence. */
function grown(topics: readonly string[], partitions: number): StateError {
  return new StateError(
    `${topics.join(', ')} had ${partitions} partitions and has more: its keys lie in other partitions than the tables that they feed. Write it anew under another name with as many partitions as are wanted, or regroup it (groupBy)`,
    { code: 'PARTITIONS_CHANGED' },
  );
}

function isCopied(definition: ShardedDefinition): definition is TableDefinition {
  return isTable(definition) && definition.options.standby === 'all';
}
