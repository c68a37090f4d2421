import { type GlobalTableDefinition, isGlobalTable } from './global-table.js';
import { isJoinedTable, type JoinedTableDefinition } from './joined-table.js';
import type { Schema } from './schema.js';
import { isSetTable, type SetTableDefinition } from './set-table.js';
import { changelogTopic, isSourceTable, isTable, type SourceTableDefinition, type TableDefinition } from './table.js';
import { isJoin, type JoinDefinition } from './tables/join.js';
import { isRetries, type RetriesDefinition } from './tables/retries.js';
import { isSchedule, type ScheduleDefinition } from './tables/schedule.js';
import { isWindowedTable, isWindowSource, type WindowedTableDefinition, type WindowSource } from './tables/windowed-table.js';
import { isTopic, type TopicDefinition } from './topic.js';

/** A table that agents write, or what is kept of their events; in a changelog. */
export type WrittenDefinition =
  | TableDefinition
  | SetTableDefinition
  | WindowedTableDefinition
  | ScheduleDefinition
  | JoinDefinition
  | RetriesDefinition;

/** A table that has a part for each partition of the topics whose agents use it. */
export type ShardedDefinition = WrittenDefinition | SourceTableDefinition;

/** Whether a value defines a table that agents write. */
export function isWritten(value: unknown): value is WrittenDefinition {
  return isTable(value) || isSetTable(value) || isWindowedTable(value) || isSchedule(value) || isJoin(value) || isRetries(value);
}

/** Whether a value defines a table that has a part for each partition. */
export function isSharded(value: unknown): value is ShardedDefinition {
  return isWritten(value) || isSourceTable(value);
}

/** A table that is read from a topic. */
export type LoggedDefinition = ShardedDefinition | GlobalTableDefinition;

/** The topic that a table is read from, or the table that is written there. */
export function originOf(definition: LoggedDefinition): TopicDefinition | WrittenDefinition {
  return isSourceTable(definition) || isGlobalTable(definition) ? definition.options.source : definition;
}

/** The name of the topic that a table is read from. @param app the consumer group of the app */
export function logTopic(app: string, definition: LoggedDefinition): string {
  const origin = originOf(definition);
  return isTopic(origin) ? origin.name : changelogTopic(app, origin);
}

/** A table that `@Inject` gives. */
export type AnyTableDefinition = LoggedDefinition | JoinedTableDefinition;

/** Whether a value defines a table, of whatever kind. */
export function isAnyTable(value: unknown): value is AnyTableDefinition {
  return isSharded(value) || isGlobalTable(value) || isJoinedTable(value);
}

/** How the keys of a table are written. */
export function keySchemaOf(definition: AnyTableDefinition): Schema {
  if (isJoinedTable(definition)) return keySchemaOf(definition.left as AnyTableDefinition);
  return originOf(definition).options.key ?? 'string';
}

/** Events that are derived from what an app keeps: windows that close, what came too late for them, what has become of them, timers that are due. */
export type DerivedDefinition = WindowSource | ScheduleDefinition | JoinDefinition;

/** Whether a value is a source of such events. */
export function isDerived(value: unknown): value is DerivedDefinition {
  return isWindowSource(value) || isSchedule(value) || isJoin(value);
}

/** What they are derived from. */
export function keptFor(source: DerivedDefinition): WindowedTableDefinition | ScheduleDefinition | JoinDefinition {
  return isWindowSource(source) ? source.table : source;
}

/** Whether a key of a written table lives where its bytes put it, or where the event is that writes it. */
export function placementOf(definition: WrittenDefinition): 'key' | 'event' {
  return isSetTable(definition) || isJoin(definition) ? 'key' : (definition.options.placement ?? 'key');
}

/** Whether a table is whole on every worker. */
export function isWhole(definition: AnyTableDefinition): boolean {
  if (isJoinedTable(definition)) return isWhole(definition.left as AnyTableDefinition);
  return isGlobalTable(definition);
}

/** How its values are written. @param codec how those of topics are that do not say */
export function valueSchemaOf(definition: LoggedDefinition, codec: Schema): Schema {
  return originOf(definition).options.value ?? codec;
}
