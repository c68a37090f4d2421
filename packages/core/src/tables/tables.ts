import { codecOf, keyCodecOf, type TableDefinition, type TopicDefinition } from '../definitions/index.js';
import { StateError } from '../errors/index.js';
import type { Stores } from '../stores/index.js';
import { durationMs } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import { BoundTable } from './bound-table.js';
import type { GroupTime } from './expiry/group-time.js';
import { type GroupStorage, type GroupSurroundings, GroupTables } from './group-tables.js';
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
  readonly tables: readonly TableDefinition[];
}

/** The state of a set of topics. */
export interface TableState {
  readonly name: string;
  readonly topics: readonly TopicDefinition[];
  readonly tables: readonly TableDefinition[];
  readonly changelogs: readonly string[];
  readonly placedIn: number | undefined;
  connect(partitions: number): void;
  open(number: number, around: GroupSurroundings): GroupTables;
  /** The time of a partition group that is open, where entries expire. */
  timeOf(number: number): GroupTime | undefined;
}

/** The tables of one worker: made when they are injected, filled when their partitions are assigned. */
export class Tables {
  readonly #bound = new Map<TableDefinition, BoundTable>();
  readonly #changelogOf: (definition: TableDefinition) => string;
  readonly #groups = new Set<GroupTables>();
  #storage: Omit<GroupStorage, 'name'> | undefined;

  constructor(changelogOf: (definition: TableDefinition) => string) {
    this.#changelogOf = changelogOf;
  }

  /**
   * Keeps tables in stores, and in memory what was used of late. Called before any group is opened.
   * @param cacheBytes how much memory that may take, about
   */
  keepIn(stores: Stores, cacheBytes = cacheBytesMax): void {
    this.#storage = { stores, cache: new CellCache(cacheBytes) };
  }

  /** The table of a definition; the same one for every call. */
  of(definition: TableDefinition<never, never, never> | TableDefinition): BoundTable {
    const known = this.#bound.get(definition as TableDefinition);
    if (known !== undefined) return known;
    const table = this.#bind(definition as TableDefinition);
    this.#bound.set(definition as TableDefinition, table);
    return table;
  }

  #bind(definition: TableDefinition): BoundTable {
    const { name, options } = definition;
    return new BoundTable({
      name,
      changelog: this.#changelogOf(definition),
      format: formatOf(definition),
      default: defaultOf(definition),
      placement: options.placement ?? 'key',
    });
  }

  #open(number: number, tables: readonly BoundTable[], around: GroupSurroundings, store: string): GroupTables {
    const storage = this.#storage && { ...this.#storage, name: store };
    const group = new GroupTables(number, tables, around, storage, () => this.#groups.delete(group));
    this.#groups.add(group);
    return group;
  }

  /** Closes what is open, once the worker has ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => group.close()));
    await this.#storage?.stores.close();
  }

  /** What the worker keeps for the partition groups of a set. */
  stateOf({ name, topics: feeding, tables }: TableSet, topics: Topics): TableState {
    const bound = tables.map((definition) => this.of(definition));
    const names = feeding.flatMap(({ names }) => names.map(String));
    const [first] = feeding;
    let partitions = Number.POSITIVE_INFINITY;
    const times = new Map<number, GroupTime | undefined>();
    return {
      name,
      topics: feeding,
      tables,
      changelogs: bound.map(({ changelog }) => changelog),
      get placedIn() {
        const isPlaced = tables.some(({ options }) => options.placement !== 'event');
        return isPlaced && Number.isFinite(partitions) ? partitions : undefined;
      },
      connect: (count) => {
        partitions = count;
        for (const table of bound) table.connect({ topics: names, partitions, keyCodec: topics.of(first).keyCodec });
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

/** How a table is written. */
export function formatOf({ name, options }: TableDefinition): TableFormat {
  const ttlMs = options.ttl === undefined ? undefined : durationMs(options.ttl, 'ttl');
  return new TableFormat(name, keyCodecOf(options.key), codecOf(options.value), ttlMs);
}

/** What `get` gives of a key that is not there: each time one of its own. */
export function defaultOf({ options: { default: given } }: TableDefinition): () => unknown {
  if (typeof given === 'function') return given as () => unknown;
  return typeof given === 'object' && given !== null ? () => copyOf(given) : () => given;
}
