import { json } from '../../codecs/index.js';
import { givenOptions } from '../../errors/index.js';
import { type Duration, durationMs } from '../../time/index.js';
import { type GroupedEvent, isGrouped, type KeyedSource, type Source } from '../source.js';
import { type TableDefinition, table } from '../table.js';
import { disorderOf, isTopic } from '../topic.js';

/** @typeParam V the values of the source */
export interface DedupeOptions<K = unknown, V = unknown> {
  /** What duplicates have in common, as a text: the id of a payment. Called for each event, and not awaited. */
  readonly by: (value: V, event: GroupedEvent<K>) => string;
  /** How far the times of duplicates may be apart. */
  readonly within: Duration;
  /** Part of the name of the topic that remembers: `<app>-<name>-changelog`. */
  readonly name: string;
}

/** An event that was let through. */
export interface Passed {
  /** Its event time, in milliseconds since 1970. */
  readonly time: number;
  readonly offset: number;
}

/** A source without duplicates. Made by `dedupe`. */
export interface DedupeDefinition<K = unknown, V = unknown> extends Source<K, V> {
  readonly kind: 'dedupe';
  readonly source: KeyedSource;
  readonly options: DedupeOptions;
  /** Has under each text the events that were let through with it, while others of the source may be duplicates of them. */
  readonly memory: TableDefinition<string, readonly Passed[]>;
}

/**
 * A source without the events that are duplicates: whose text is that of one that was let through before in their partition, with a time that is no farther
 * away than `within`. What was let through is remembered in a table, in the attempt of the event.
 */
export function dedupe<K, V>(source: KeyedSource<K, V>, options: DedupeOptions<K, V>): DedupeDefinition<K, V> {
  const given = Object.freeze(givenOptions(options)) as DedupeOptions;
  const memory = table(given.name, {
    key: 'string',
    value: json<readonly Passed[]>(),
    placement: 'event',
    ...rememberedFor(source, given),
  });
  return Object.freeze({
    ...{ kind: 'dedupe' as const, name: given.name, source, options: given },
    memory: Object.freeze({ ...memory, agesBy: 'partition' as const }),
  });
}

/** Nothing where it cannot be told: the start says why. */
function rememberedFor(source: unknown, options: DedupeOptions): { readonly ttl?: number } {
  try {
    const ttl = rememberedMs(source, options);
    return ttl > 0 ? { ttl } : {};
  } catch {
    return {};
  }
}

/** For how long an event is remembered, in milliseconds: those that come late are compared with it, too. @throws ConfigurationError */
export function rememberedMs(source: unknown, { within }: DedupeOptions): number {
  let origin = source;
  while (isGrouped(origin)) origin = origin.origin;
  return durationMs(within, 'within') + (isTopic(origin) ? disorderOf(origin) : 0);
}

/** Whether a value was made by `dedupe()`. */
export function isDedupe(value: unknown): value is DedupeDefinition {
  return typeof value === 'object' && value !== null && (value as DedupeDefinition).kind === 'dedupe';
}
