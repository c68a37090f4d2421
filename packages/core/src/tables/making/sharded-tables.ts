import {
  type DerivedDefinition,
  isDerived,
  isJoin,
  isRetries,
  isSchedule,
  isSetTable,
  isSourceTable,
  isWindowedTable,
  type JoinDefinition,
  type KeyedSource,
  originsOf,
  placementOf,
  type RetriesDefinition,
  type ScheduleDefinition,
  type SetTableDefinition,
  type ShardedDefinition,
  type SourceTableDefinition,
  type TableDefinition,
  type TopicDefinition,
  type WindowedTableDefinition,
  type WrittenDefinition,
  withinMs,
} from '../../definitions/index.js';
import { type Clock, durationMs } from '../../time/index.js';
import type { Topics } from '../../topics/index.js';
import { BoundTable } from '../bound-table.js';
import type { ShardedTable } from '../group-tables.js';
import { StreamJoin } from '../joins/stream-join.js';
import { BoundSetTable } from '../kinds/set-table.js';
import { SourceTable } from '../kinds/source-table.js';
import type { Feeds } from '../local-shards.js';
import { RetriesTable } from '../retries/retries-table.js';
import { BoundSchedule } from '../schedules/schedule.js';
import { windowSpec } from '../windowed/window-spec.js';
import { BoundWindowedTable } from '../windowed/windowed-table.js';
import { defaultOf, formatOf, joinFormatOf, scheduleFormatOf, setKeysOf, windowKeysOf, writtenFormat } from './formats.js';

/** A table with a shard in each partition group. */
export type BoundShards = ShardedTable & { connect(feeds: Feeds): void };

/** What the tables of a worker are made with. */
export interface TablesParts {
  readonly changelogOf: (definition: WrittenDefinition) => string;
  /** Say how the topics are read that tables are views of. */
  readonly topics: Topics;
  /** The tables whose changes are read. */
  readonly changed?: readonly TableDefinition[];
  /** What agents handle that is derived from tables. */
  readonly derived?: readonly DerivedDefinition[];
  readonly clock: Clock;
  /** How much memory cells may take that their shards can have again from stores, about. */
  readonly cacheBytes?: number;
}

/** Makes the tables that have a shard in each partition group, from their definitions. */
export class ShardedTables {
  readonly #parts: TablesParts;

  constructor(parts: TablesParts) {
    this.#parts = parts;
  }

  make(definition: ShardedDefinition): BoundShards {
    if (isSourceTable(definition)) return this.#bindSource(definition);
    if (isWindowedTable(definition)) return this.#bindWindowed(definition);
    if (isSchedule(definition)) return this.#bindSchedule(definition);
    if (isJoin(definition)) return this.#bindJoin(definition);
    if (isRetries(definition)) return this.#bindRetries(definition);
    return isSetTable(definition) ? this.#bindSet(definition) : this.#bind(definition);
  }

  #bindSet(definition: SetTableDefinition): BoundSetTable {
    return new BoundSetTable({ name: definition.name, changelog: this.#parts.changelogOf(definition), keys: setKeysOf(definition) });
  }

  #bind(definition: TableDefinition): BoundTable {
    const { name, options } = definition;
    const tellsPrevious = this.#parts.changed?.includes(definition) === true;
    return new BoundTable({
      ...{ name, tellsPrevious },
      changelog: this.#parts.changelogOf(definition),
      format: writtenFormat(definition, { tellsPrevious }),
      default: defaultOf(definition),
      placement: options.placement ?? 'key',
    });
  }

  #isRead(source: DerivedDefinition): boolean {
    return this.#parts.derived?.includes(source) === true;
  }

  #bindWindowed(definition: WindowedTableDefinition): BoundWindowedTable {
    const { name, options, windowing, closed, late, changes } = definition;
    return new BoundWindowedTable({
      name,
      changelog: this.#parts.changelogOf(definition),
      keys: windowKeysOf(definition),
      spec: windowSpec(windowing),
      default: defaultOf(definition),
      placement: options.placement ?? 'key',
      clock: this.#parts.clock,
      tellsPrevious: this.#parts.changed?.some((each) => (each as unknown) === definition) === true,
      closed: { topic: closed.name, isRead: this.#isRead(closed) },
      late: { topic: late.name, isRead: this.#isRead(late) },
      updates: { topic: changes.name, isRead: isDerived(changes) && this.#isRead(changes) },
    });
  }

  #bindJoin(definition: JoinDefinition): StreamJoin {
    const { name, type, joining, combine } = definition;
    const [left, right] = [definition.left, definition.right].map((side) => this.#parts.topics.of(originOfSource(side)).valueCodec);
    return new StreamJoin({
      ...{ name, type, changelog: this.#parts.changelogOf(definition), format: joinFormatOf(definition) },
      within: withinMs(joining),
      graceMs: durationMs(joining.grace ?? 0, 'grace'),
      combine: combine ?? ((one, other) => [one, other]),
      valueCodecs: { left, right },
    });
  }

  #bindSchedule(definition: ScheduleDefinition): BoundSchedule {
    const { clock, changelogOf } = this.#parts;
    return new BoundSchedule({
      name: definition.name,
      changelog: changelogOf(definition),
      format: scheduleFormatOf(definition),
      placement: placementOf(definition),
      clock,
      isRead: this.#isRead(definition),
    });
  }

  #bindRetries(definition: RetriesDefinition): RetriesTable {
    return new RetriesTable({ definition, changelog: this.#parts.changelogOf(definition), clock: this.#parts.clock });
  }

  #bindSource(definition: SourceTableDefinition): SourceTable {
    const { name, options } = definition;
    const { keyCodec } = this.#parts.topics.of(options.source);
    const format = formatOf(definition, this.#parts.topics);
    return new SourceTable({ name, topic: options.source.name, format, keyCodec, default: defaultOf(definition) });
  }
}

/** The topic whose values a source has. */
function originOfSource(source: KeyedSource): TopicDefinition {
  return originsOf(source)[0];
}
