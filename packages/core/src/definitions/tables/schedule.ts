import { givenOptions } from '../../errors/index.js';
import type { Schema, SchemaType } from '../schema.js';
import type { Source } from '../source.js';
import type { TableOptions } from './table-options.js';

export interface ScheduleOptions<K extends Schema, V extends Schema>
  extends Pick<TableOptions<K, V, never>, 'like' | 'partitions' | 'placement'> {
  /** How keys are written. Equal keys must give equal bytes: `'json'` is refused. */
  readonly key: K;
  /** How values are written. */
  readonly value: V;
}

/** What the events of a schedule have beside value and time. */
export interface Due<K = unknown> {
  readonly key: K;
  /** For when it was set, in milliseconds since 1970. */
  readonly due: number;
}

/** Durable timers, one for each key, and the source of those that are due. Made by `schedule()`. */
export interface ScheduleDefinition<K = unknown, V = unknown> extends Source<K, V, Due<K>> {
  readonly kind: 'schedule';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  readonly options: ScheduleOptions<Schema, Schema>;
}

/**
 * Defines durable timers: one for each key, kept in the topic `<app>-<name>-changelog`. Those that are due by the clock of the worker are events, for `@Agent`
 * and `@Handler`: each once, in the order of their times; after a crash, too, and on another worker.
 */
export function schedule<const K extends Schema, const V extends Schema>(
  name: string,
  options: ScheduleOptions<K, V>,
): ScheduleDefinition<SchemaType<K>, SchemaType<V>> {
  return Object.freeze({
    kind: 'schedule' as const,
    identifier: Symbol(`schedule ${name}`),
    name,
    options: Object.freeze(givenOptions(options)),
  });
}

/** Whether a value was made by `schedule()`. */
export function isSchedule(value: unknown): value is ScheduleDefinition {
  return typeof value === 'object' && value !== null && (value as ScheduleDefinition).kind === 'schedule';
}
