export { type ChangesDefinition, isChanges, type MessageParts, previousHeader, type TableChange } from './changes.js';
export { type GlobalTableDefinition, type GlobalTableOptions, globalTable, isGlobalTable } from './global-table.js';
export {
  isJoinedTable,
  type JoinableDefinition,
  type JoinedTableDefinition,
  joinTables,
  leftJoinTables,
  outerJoinTables,
} from './joined-table.js';
export {
  type Definition,
  definitionFaults,
  type InjectableDefinition,
  injectionProblems,
  isDefinition,
  isInjectable,
  isSource,
  originsOf,
  type Reads,
  SourceTopics,
  schemasOf,
  withParts,
} from './kinds.js';
export {
  type AnyTableDefinition,
  type DerivedDefinition,
  isAnyTable,
  isDerived,
  isSharded,
  isWritten,
  keptFor,
  keySchemaOf,
  type LoggedDefinition,
  logTopic,
  originOf,
  placementOf,
  type ShardedDefinition,
  valueSchemaOf,
  type WrittenDefinition,
} from './logged.js';
export { isMerged, type MergedDefinition, merge } from './merged.js';
export { codecOf, isClass, isSchema, keyCodecOf, type Schema, type SchemaType, type Sendable, schemaName, valueSchema } from './schema.js';
export { classProblems } from './schema-faults.js';
export { isSetTable, type SetTableDefinition, type SetTableOptions, setTable } from './set-table.js';
export {
  type GroupedDefinition,
  type GroupedEvent,
  type GroupOptions,
  isGrouped,
  type KeyedSource,
  repartitionTopic,
  type Source,
} from './source.js';
export {
  changelogTopic,
  isSourceTable,
  isTable,
  type ReadonlyTableDefinition,
  type SourceTableDefinition,
  type SourceTableOptions,
  type TableDefinition,
  table,
} from './table.js';
export { tableFaults } from './table-faults.js';
export { type DedupeDefinition, type DedupeOptions, dedupe, isDedupe, type Passed, rememberedMs } from './tables/dedupe.js';
export {
  isJoin,
  isLookup,
  type JoinDefinition,
  type Joined,
  type JoinOptions,
  type JoinType,
  join,
  type LookedUp,
  type LookupDefinition,
  leftJoin,
  outerJoin,
  type Within,
} from './tables/join.js';
export { isParkedSource, isRetries, type ParkedSource, parkedTopic, type RetriesDefinition, retriesOf } from './tables/retries.js';
export { type Due, isSchedule, type ScheduleDefinition, type ScheduleOptions, schedule } from './tables/schedule.js';
export { withinMs } from './tables/stream-join-faults.js';
export type { Default, TableOptions } from './tables/table-options.js';
export {
  type EmitOptions,
  gridOf,
  type InWindow,
  isWindowedTable,
  isWindowSource,
  type SessionOptions,
  type WindowChanges,
  type WindowedTableDefinition,
  type Windowing,
  type WindowOptions,
  type WindowSource,
} from './tables/windowed-table.js';
export {
  disorderOf,
  eventTimeOf,
  isTopic,
  isWritable,
  ONE_NAME,
  type OnEmpty,
  type TopicDefinition,
  type TopicOptions,
  topic,
  topicFaults,
} from './topic.js';
