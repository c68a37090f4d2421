export {
  type AgentReference,
  agent,
  type BatchOption,
  type ConcurrencyOption,
  type ErrorsOption,
  type RetryOption,
  type Sink,
} from './agents/index.js';
export { CLOCK, LOGGER, main, type Overrides, openLetters, Worker } from './app/index.js';
export { detached } from './attempts/index.js';
export { type Codec, json } from './codecs/index.js';
export {
  Agent,
  type AgentOptions,
  App,
  type AppDeclaration,
  type BatchHandlerOptions,
  Handler,
  type HandlerOptions,
  Inject,
  OnAssigned,
  OnRecovered,
  OnRevoked,
  OnStart,
  OnStop,
  type Provider,
  Record,
  type TableTimerOptions,
  Timer,
  type TimerOptions,
} from './decorators/index.js';
export {
  type ChangesDefinition,
  type Default,
  type GlobalTableDefinition,
  type GlobalTableOptions,
  type GroupedDefinition,
  type GroupedEvent,
  type GroupOptions,
  globalTable,
  type MergedDefinition,
  merge,
  type ReadonlyTableDefinition,
  type Schema,
  type SchemaType,
  type Sendable,
  type SetTableDefinition,
  type SetTableOptions,
  type Source,
  type SourceTableDefinition,
  type SourceTableOptions,
  setTable,
  type TableChange,
  type TableDefinition,
  type TableOptions,
  type TopicDefinition,
  type TopicOptions,
  table,
  topic,
} from './definitions/index.js';
export { discover } from './discovery/index.js';
export {
  AgentError,
  CodecError,
  ConfigurationError,
  DecodeError,
  DefinitionError,
  type ErrorCode,
  type Fault,
  type FieldFault,
  HookError,
  LifecycleError,
  StateError,
  TransportError,
  WeirError,
} from './errors/index.js';
export {
  type Cause,
  causeOf,
  groupLetters,
  type Letter,
  LetterError,
  type LetterFilter,
  type LetterGroup,
  type LetterSummary,
  type Letters,
  type Outcome,
  type Replacement,
  type Replayed,
  type ReplayOptions,
  type ReplayProgress,
} from './letters/index.js';
export type { WorkerEvents, WorkerObserver } from './observers/index.js';
export type { Position, TopicPartition } from './positions/index.js';
export type { Input, RecordOptions } from './records/index.js';
export type {
  GroupStore,
  OpenStores,
  StoreBatch,
  StoreEntry,
  StoreKey,
  StoreNote,
  StoreRange,
  Stores,
  StoresOptions,
} from './stores/index.js';
export type { Event, Flow, Headers, Stream } from './streams/index.js';
export type { ReadonlyTable, SetTable, Table, TableEntries } from './tables/index.js';
export type { Clock, Duration } from './time/index.js';
export {
  type HeaderInput,
  type HeadersInput,
  type Message,
  message,
  type ResultMessage,
  type ResultParts,
  type SendOptions,
  type Topic,
} from './topics/index.js';
export {
  type AppOptions,
  type BoundComponent,
  type Component,
  type ComponentMember,
  type ComponentSurroundings,
  declareMember,
  type Guarantee,
  type PartitionTick,
  type RecoveryOptions,
  type RunningComponent,
  type Topology,
} from './topology/index.js';
