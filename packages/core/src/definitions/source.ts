import { givenOptions } from '../errors/index.js';
import type { Schema, SchemaType, Sendable } from './schema.js';

/** What agents can read, by kind. A closed set: a table has a name, too, and must not pass for a source. */
export type SourceKind =
  | 'topic'
  | 'grouped'
  | 'merged'
  | 'changes'
  | 'closed'
  | 'late'
  | 'updates'
  | 'schedule'
  | 'join'
  | 'lookup'
  | 'dedupe'
  | 'parked';

/**
 * What `@Agent` and `@Handler` take: a value from which the types of keys and values flow to the method.
 * @typeParam X what its events have beside those of a topic
 */
export interface Source<K = unknown, V = unknown, X = unknown> {
  readonly kind: SourceKind;
  /** How it stands in lists and messages. */
  readonly name: string;
  /** Carries the types; there is nothing in it. */
  readonly of?: { readonly key: K; readonly value: V; readonly extra: X };
}

/** A source whose events lie in partitions by their keys: it can be grouped anew. */
export interface KeyedSource<K = unknown, V = unknown> extends Source<K, V> {
  /**
   * The same events under another key: a source that is read through the topic `<app>-<name>-repartition`, with as many partitions as this one has when
   * that topic is created. Values, headers and timestamps go through byte for byte. An event without a new key (`undefined`) is dropped and counted, and so
   * is a tombstone, whose key nobody could tell.
   * @param key the new key of an event. It is not awaited
   */
  groupBy<const S extends Schema = 'string'>(
    key: (value: V, event: GroupedEvent<K>) => Sendable<SchemaType<S>> | null | undefined,
    options: GroupOptions<S>,
  ): GroupedDefinition<SchemaType<S>, V>;
}

/** What a selector of keys is given beside the value. */
export interface GroupedEvent<K = unknown> {
  readonly key: K | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface GroupOptions<S extends Schema> {
  /** Part of the name of the topic, and what lists and dead letters call it by. */
  readonly name: string;
  /** How the new keys are written. Equal keys must give equal bytes: `'json'` is refused. @default 'string' */
  readonly key?: S;
}

/** A source under another key; made by `groupBy`. Agents read it, it can be grouped again, and it is not written to. */
export interface GroupedDefinition<K = unknown, V = unknown> extends KeyedSource<K, V> {
  readonly kind: 'grouped';
  readonly origin: KeyedSource;
  readonly by: (value: unknown, event: GroupedEvent) => unknown;
  readonly options: GroupOptions<Schema>;
}

/** Groups a source anew: what the `groupBy` of each is. */
export function groupSource<K, V>(origin: KeyedSource, by: GroupedDefinition['by'], given: GroupOptions<Schema>): GroupedDefinition<K, V> {
  const options = Object.freeze(givenOptions(given));
  const grouped: GroupedDefinition<K, V> = Object.freeze({
    kind: 'grouped' as const,
    name: options.name,
    origin,
    by,
    options,
    groupBy: ((by, options) => groupSource(grouped as KeyedSource, by as GroupedDefinition['by'], options)) as GroupedDefinition<
      K,
      V
    >['groupBy'],
  });
  return grouped;
}

/** Whether a value was made by `groupBy`. */
export function isGrouped(value: unknown): value is GroupedDefinition {
  return typeof value === 'object' && value !== null && (value as GroupedDefinition).kind === 'grouped';
}

/** The topic that a grouped source is read through. @param group the consumer group of the app */
export function repartitionTopic(group: string, { name }: Pick<GroupedDefinition, 'name'>): string {
  return `${group}-${name}-repartition`;
}
