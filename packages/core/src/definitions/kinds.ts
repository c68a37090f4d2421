import { areOptions, type Fault } from '../errors/index.js';
import { type ChangesDefinition, changeReader, type MessageParts } from './changes.js';
import type { GlobalTableDefinition } from './global-table.js';
import { joinFaults } from './join-faults.js';
import type { JoinedTableDefinition } from './joined-table.js';
import { type DerivedDefinition, keptFor } from './logged.js';
import type { MergedDefinition } from './merged.js';
import { type Schema, valueSchema } from './schema.js';
import type { Problem } from './schema-faults.js';
import type { SetTableDefinition } from './set-table.js';
import { type GroupedDefinition, isGrouped, repartitionTopic, type Source } from './source.js';
import { groupFaults, mergeFaults } from './source-faults.js';
import { changelogTopic, type SourceTableDefinition, type TableDefinition } from './table.js';
import { globalTableFaults, scheduleFaults, setTableFaults, sourceTableFaults, tableFaults, windowedTableFaults } from './table-faults.js';
import { type DedupeDefinition, isDedupe } from './tables/dedupe.js';
import { dedupeFaults } from './tables/dedupe-faults.js';
import { isJoin, isLookup, type JoinDefinition, type LookupDefinition } from './tables/join.js';
import { type RetriesDefinition, retriesFaults } from './tables/retries.js';
import type { ScheduleDefinition } from './tables/schedule.js';
import { lookupFaults, noSource, streamJoinFaults } from './tables/stream-join-faults.js';
import { isWindowedTable, type WindowedTableDefinition, type WindowSource, windowedKeys } from './tables/windowed-table.js';
import { isTopic, isWritable, ONE_NAME, type TopicDefinition, topic, topicFaults } from './topic.js';

/** What `@Inject` takes. */
export type InjectableDefinition =
  | TopicDefinition
  | TableDefinition
  | SourceTableDefinition
  | GlobalTableDefinition
  | SetTableDefinition
  | JoinedTableDefinition
  | WindowedTableDefinition
  | ScheduleDefinition;

/** A definition of any kind. */
export type Definition =
  | InjectableDefinition
  | GroupedDefinition
  | MergedDefinition
  | ChangesDefinition
  | WindowSource
  | JoinDefinition
  | LookupDefinition
  | DedupeDefinition
  | RetriesDefinition;

/** What is asked of a definition without knowing what it defines. */
interface Kind<D> {
  /** @param group the consumer group of the app */
  faults(definition: D, group: string): Fault[];
  /** Why it cannot be injected. */
  injection(definition: D): Problem[];
  /** The definitions that it is made from or names, whatever was given for them. */
  parts(definition: D): readonly unknown[];
  schemas(definition: D): readonly (Schema | undefined)[];
  /** The topics that it is read through. Missing for what no agent reads. */
  topics?(definition: D, through: SourceTopics): readonly TopicDefinition[];
}

const onlyRead = (name: string, origin: string): Problem[] => [
  { problem: `it injects ${name}, which can only be read`, remedy: `Give it to an agent; to write, inject ${origin}` },
];

/** The windows of a table as a source: derived from it, and read under its keys. */
const windowSource: Kind<WindowSource> = {
  faults: () => [],
  injection: ({ name, table }) => onlyRead(name, table.name),
  parts: ({ table }) => [table],
  schemas: () => [],
  topics: (each, through) => [through.derivedOf(each)],
};

/** One entry for each kind. How the container gives it stands in `app/container.ts`, what is given for it in `decorators/injected.ts`. */
const kinds: { readonly [K in Definition['kind']]: Kind<Extract<Definition, { readonly kind: K }>> } = {
  topic: {
    faults: topicFaults,
    injection: (each) => (isWritable(each) ? [] : [{ problem: `it injects ${each.name}, which can only be read`, remedy: ONE_NAME }]),
    parts: () => [],
    schemas: ({ options }) => [options.key, options.value],
    topics: (each) => [each],
  },
  table: {
    faults: tableFaults,
    injection: () => [],
    parts: ({ options }) => [options.like],
    schemas: ({ options }) => [options.key, options.value],
  },
  'joined-table': {
    faults: joinFaults,
    injection: () => [],
    parts: ({ left, right }) => [left, right],
    schemas: () => [],
  },
  'set-table': {
    faults: setTableFaults,
    injection: () => [],
    parts: ({ options }) => [options.like],
    schemas: ({ options }) => [options.key, options.value],
  },
  'source-table': {
    faults: sourceTableFaults,
    injection: () => [],
    parts: ({ options }) => [options.source],
    schemas: () => [],
  },
  'global-table': {
    faults: globalTableFaults,
    injection: () => [],
    parts: ({ options }) => [options.source],
    schemas: () => [],
  },
  'windowed-table': {
    faults: windowedTableFaults,
    injection: () => [],
    parts: ({ options }) => [options.like],
    schemas: ({ options }) => [options.key, options.value],
  },
  schedule: {
    faults: scheduleFaults,
    injection: () => [],
    parts: ({ options }) => [options.like],
    schemas: ({ options }) => [options.key, options.value],
    topics: (each, through) => [through.derivedOf(each)],
  },
  join: {
    faults: (each) => streamJoinFaults(each, sideProblems),
    injection: ({ name, left }) => onlyRead(name, left.name),
    parts: ({ left, right }) => [left, right],
    schemas: () => [],
    // Events without a counterpart are derived from what waits for one.
    topics: (each, through) => [
      ...through.of(each.left),
      ...through.of(each.right),
      ...(each.type === 'inner' ? [] : [through.derivedOf(each)]),
    ],
  },
  lookup: {
    faults: (each) => lookupFaults(each, sideProblems),
    injection: ({ name, left }) => onlyRead(name, left.name),
    parts: ({ left, table }) => [left, table],
    schemas: () => [],
    topics: ({ left }, through) => through.of(left),
  },
  dedupe: {
    faults: (each) => dedupeFaults(each, (source) => sideProblems(source, 'source')),
    injection: ({ name, source }) => onlyRead(name, source.name),
    parts: ({ source, options, memory }) => (areOptions(options) ? [source, memory] : [source]),
    schemas: () => [],
    topics: ({ source }, through) => through.of(source),
  },
  retries: {
    faults: retriesFaults,
    injection: () => [],
    parts: () => [],
    schemas: () => [],
  },
  closed: windowSource as Kind<never>,
  late: windowSource as Kind<never>,
  updates: windowSource as Kind<never>,
  grouped: {
    faults: groupFaults,
    injection: ({ name, origin }) => onlyRead(name, origin.name),
    parts: ({ origin }) => [origin],
    schemas: ({ options }) => [options.key],
    topics: (each, through) => [through.repartitionOf(each)],
  },
  changes: {
    faults: () => [],
    injection: ({ name, table }) => onlyRead(name, table.name),
    parts: ({ table }) => [table],
    schemas: () => [],
    topics: (each, through) => [through.changelogOf(each)],
  },
  merged: {
    faults: (merged, group) =>
      mergeFaults(
        merged,
        isSource,
        // An agent of a join has the join's events, and no others; so has one of a source without duplicates.
        (part) => isJoin(part) || isLookup(part) || isDedupe(part),
        (part) => new SourceTopics(group).of(part),
      ),
    injection: ({ name }) => onlyRead(name, 'one of them'),
    parts: ({ sources }) => sources,
    schemas: () => [],
    topics: ({ sources }, through) => sources.flatMap((each) => through.of(each)),
  },
};

/** What is wrong with a source that another is made from. @param which what it is there: `left side` */
function sideProblems(side: unknown, which: string): Problem[] {
  if (isGrouped(side)) return [];
  if (!isTopic(side)) return [noSource(side, which)];
  return isWritable(side) ? [] : [{ problem: `its ${which} ${side.name} is not one topic`, remedy: ONE_NAME }];
}

function kindOf(definition: Pick<Definition, 'kind'>): Kind<Definition> {
  return kinds[definition.kind] as Kind<Definition>;
}

/** Whether a value is a definition, of whichever kind. */
export function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && Object.hasOwn(kinds, String((value as Definition).kind));
}

/** Whether a value is what agents read. */
export function isSource(value: unknown): value is Source {
  return isDefinition(value) && kindOf(value).topics !== undefined;
}

/** Whether a definition is one that the container knows. */
export function isInjectable(definition: Definition): definition is InjectableDefinition {
  return 'identifier' in definition;
}

/** Everything wrong with a definition. @param group the consumer group of the app */
export function definitionFaults(definition: Definition, group: string): Fault[] {
  return kindOf(definition).faults(definition, group);
}

/** Why a definition cannot be injected. */
export function injectionProblems(definition: Definition): Problem[] {
  return kindOf(definition).injection(definition);
}

/** The schemas that a definition names. */
export function schemasOf(definition: Definition): Schema[] {
  return kindOf(definition)
    .schemas(definition)
    .filter((schema) => schema !== undefined);
}

/** Some definitions and all that they are made from, each once, and each after what it is made from. */
export function withParts(definitions: Iterable<unknown>): Definition[] {
  const found = new Set<Definition>();
  const add = (each: unknown): void => {
    if (!isDefinition(each) || found.has(each)) return;
    for (const part of kindOf(each).parts(each)) add(part);
    found.add(each);
  };
  for (const each of definitions) add(each);
  return [...found];
}

/** The topics of others that a source stands on: what is written there reaches its agents. */
export function originsOf(source: Source): TopicDefinition[] {
  return withParts([source]).filter(isTopic);
}

/** Makes of a decoded message what agents are given. */
export type Reads = (message: MessageParts) => unknown;

/** The topics that sources are read through in one consumer group: of a source the same ones each time. */
export class SourceTopics {
  readonly #group: string;
  readonly #repartitions = new Map<GroupedDefinition, TopicDefinition>();
  readonly #changelogs = new Map<ChangesDefinition, TopicDefinition>();
  readonly #derived = new Map<DerivedDefinition, TopicDefinition>();
  readonly #readers = new Map<TopicDefinition, Reads>();

  constructor(group: string) {
    this.#group = group;
  }

  of(source: Source): readonly TopicDefinition[] {
    // What is no source is a fault of whatever has been given it.
    return isDefinition(source) ? (kindOf(source).topics?.(source, this) ?? []) : [];
  }

  /** The changelog that the changes of a table are read from. */
  changelogOf(changes: ChangesDefinition): TopicDefinition {
    const known = this.#changelogs.get(changes);
    if (known !== undefined) return known;
    const { table } = changes;
    const { key } = table.options;
    // What stands there of windows is more than their values: the agents' own step tells it apart.
    const made = (
      isWindowedTable(table)
        ? topic(changelogTopic(this.#group, table), { key: windowedKeys(key), value: 'raw' })
        : topic(changelogTopic(this.#group, table), { key, value: valueSchema(table.options) })
    ) as TopicDefinition;
    this.#changelogs.set(changes, made);
    if (!isWindowedTable(table)) this.#readers.set(made, changeReader(table));
    return made;
  }

  /** What stands in the place of a topic for events that are derived: with the keys and values of the table that they come from. */
  derivedOf(source: DerivedDefinition): TopicDefinition {
    const known = this.#derived.get(source);
    if (known !== undefined) return known;
    const { options } = keptFor(source);
    const made = Object.freeze({
      ...topic(source.name, { key: options.key, value: valueSchema(options) }),
      derivedFrom: source,
    }) as TopicDefinition;
    this.#derived.set(source, made);
    return made;
  }

  /** What makes of a message of a topic what agents are given; undefined where that is its value. */
  readerOf(topic: TopicDefinition): Reads | undefined {
    return this.#readers.get(topic);
  }

  /** The topic of a grouped source: with the keys that it says, and the values of its origin. */
  repartitionOf(grouped: GroupedDefinition): TopicDefinition {
    const known = this.#repartitions.get(grouped);
    if (known !== undefined) return known;
    const { key } = grouped.options;
    const [{ options }] = originsOf(grouped);
    const made = topic(repartitionTopic(this.#group, grouped), {
      ...(key === undefined ? {} : { key }),
      ...(options.value === undefined ? {} : { value: options.value }),
      ...(options.eventTime === undefined ? {} : { eventTime: options.eventTime }),
      ...(options.disorder === undefined ? {} : { disorder: options.disorder }),
    }) as TopicDefinition;
    this.#repartitions.set(grouped, made);
    return made;
  }
}
