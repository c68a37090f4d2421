import type { Logger } from 'pino';
import { type AgentDescription, type AgentReference, type ErrorsOption, isRegrouping } from '../agents/index.js';
import type { UncommittedChanges } from '../checkpoints/index.js';
import {
  type GlobalTableDefinition,
  isTopic,
  originOf,
  type Schema,
  type ShardedDefinition,
  type TopicDefinition,
  type WrittenDefinition,
} from '../definitions/index.js';
import type { DerivedSource, EventTime, Parking } from '../lanes/index.js';
import type { Observers } from '../observers/index.js';
import type { GroupState } from '../partitions/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Recovery } from '../recovery/index.js';
import type { OpenStores } from '../stores/index.js';
import type { SourceUse } from '../tables/index.js';
import type { Clock, Duration } from '../time/index.js';
import type { TopicsPolicy } from '../topics/index.js';
import type { TableUse } from './tables.js';

/** What is promised about every event: at least once; or that its effects in Kafka are visible exactly once. */
export type Guarantee = 'at-least-once' | 'exactly-once';

/** How tables are read from their changelogs. */
export interface RecoveryOptions {
  /**
   * How many bytes of changelogs a worker reads in a second, about: many that recover at once may take a cluster's network from others.
   * @default no limit
   */
  readonly bytesPerSecond?: number;
}

/** The options of an app that do not depend on its classes. Each can be overridden by the environment and the command line. */
export interface AppOptions {
  /** The app's name, and its consumer group. */
  readonly id: string;
  /** `kafka://host:port,host:port` or `memory://`. @default 'kafka://localhost:9092' */
  readonly broker?: string;
  /** Raised when a change of the app must not read on where the old one stopped: part of the group's name from 2 on. @default 1 */
  readonly version?: number;
  /**
   * Names a part of an app that runs beside it as a worker of its own: its group is `<id>-<part>`, whatever the version, and what it sets
   * aside is that of the app. Weir's own.
   */
  readonly part?: string;
  /** How values of topics that do not say are written. @default 'json' */
  readonly codec?: Schema;
  readonly errors?: ErrorsOption;
  /** @default 'at-least-once' */
  readonly guarantee?: Guarantee;
  /** What the worker does about the topics it needs. @default 'create' */
  readonly topics?: TopicsPolicy;
  /** How often finished offsets are given to the group: what a crash repeats at most. @default '1s' */
  readonly commitInterval?: Duration;
  /** How long handlers in flight may take to finish when their partitions are handed over. @default '30s' */
  readonly drainTimeout?: Duration;
  /** How long an orderly stop may take in all. @default '60s' */
  readonly shutdownTimeout?: Duration;
  /** A partition with messages that makes no progress for so long is reported, healed or ends the worker. @default '60s' */
  readonly stallTimeout?: Duration;
  /**
   * After how long a handler that keeps the thread to itself has the process ended (`SIGKILL`); false: never, it is only reported.
   * @default false
   */
  readonly endBlocked?: Duration | false;
  /**
   * A stable name of this worker among those of the app, one for each: it keeps its partitions over a quick restart (static membership),
   * and with exactly-once takes over at once what a killed worker of this name left open. `false`: it is a member without a name.
   * @default a name of its own, noted in `datadir`, which the next worker on this machine gets when it was killed
   */
  readonly member?: string | false;
  /** Folder for what the worker keeps on disk. It must outlive the process; workers of one app may share it. @default '<id>-data' */
  readonly datadir?: string;
  /**
   * Where the worker keeps its tables beside their changelogs: `memory://`, or `level://` (LevelDB under `datadir`, from the package
   * `@weir/level`), or what opens stores of another kind. @default 'memory://'
   */
  readonly store?: string | OpenStores;
  /**
   * How much memory the worker has for entries of tables that are in a store, in bytes, about: those that were used of late. While tables
   * are recovered it has up to four times as much besides for what is not stored yet. @default 33_554_432
   */
  readonly cacheBytes?: number;
  /** How tables are read from their changelogs. */
  readonly recovery?: RecoveryOptions;
  /** After how long a topic of which nothing comes and nothing is unread holds event time back no longer. @default '1m' */
  readonly idleAfter?: Duration;
  /** How much later than the clock an event may be where windows go by its time: a later one fails. @default '1h' */
  readonly ahead?: Duration;
  /** librdkafka properties, handed through: TLS, SASL, tuning (`'security.protocol'`, …). */
  readonly kafka?: Readonly<Record<string, unknown>>;
}

/** An app as plain values and functions: what discovery makes of classes, or what is written by hand. The worker needs nothing else. */
export interface Topology {
  readonly app: AppOptions;
  readonly agents: readonly AgentDescription[];
  /** What runs beside the agents: timers, and what other packages add. */
  readonly components?: readonly BoundComponent[];
  /** Local state, by the sets of topics that share it; no topic is in two. */
  readonly states?: readonly StateDescription[];
  /** Topics that are written to or injected, beside those that agents read. */
  readonly topics: readonly TopicDefinition[];
  /** The tables of the app, and which topics feed each. */
  readonly tables?: readonly TableUse[];
  /** The tables that every worker has whole. */
  readonly globals?: readonly GlobalTableDefinition[];
  /** Brings those to what their topics have; resolves when they are whole. They are live from then on. */
  recoverGlobals?(around: StateSurroundings): Promise<void>;
  /** Keeps copies of local state that other workers have, until it is stopped. */
  keepCopies?(around: StateSurroundings): { stop(): void };
  /** Called in this order before the first message, and in reverse order after the last. */
  readonly hooks: readonly Hook[];
  /** The description of an agent that a reference names. */
  agentOf?(reference: AgentReference): AgentDescription | undefined;
}

/** Local state that a set of topics shares: a part for each partition number, in changelogs with as many partitions. */
export interface StateDescription {
  /** Names the set. */
  readonly name: string;
  /** Those whose agents read and write it. */
  readonly topics: readonly TopicDefinition[];
  /** What is kept. */
  readonly tables?: readonly ShardedDefinition[];
  /** One for each table that is written. */
  readonly changelogs: readonly string[];
  /** Topics of others that are read beside: they need as many partitions. */
  readonly sources?: readonly SourceUse[];
  /** How many partitions the topics have, once that is known, where keys of tables lie in those of their own. */
  readonly keyPartitions?: number | undefined;
  /** Told how many partitions each of the topics has, before any is opened. */
  connect?(partitions: number): void;
  open(number: number, around: StateSurroundings): GroupState;
  /** How what its groups derive stands in the place of a topic. */
  readonly derived?: readonly string[];
  /** Whether its groups have watermarks. */
  readonly hasWatermark?: boolean;
  /** How many partitions its topics have, once that is known. */
  readonly partitions?: number | undefined;
  /** What goes by the event times of a partition group that is open. */
  timeOf?(number: number, topic: string): EventTime | undefined;
  /** What such a group derives under such a name. */
  derivedOf?(number: number, topic: string): DerivedSource | undefined;
  /** Where events of an agent wait in such a group that are parked. */
  parkingOf?(number: number, agent: string, topic: string): Parking | undefined;
}

/** What local state is opened with. */
export interface StateSurroundings {
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts what is changed and not committed, of all state of the worker. */
  readonly uncommitted: UncommittedChanges;
  readonly observers: Observers;
  /** For how long local state may be unwritable before the worker ends, in milliseconds. */
  readonly stallMs: number;
  /** Ends the worker: its state can be used no longer. */
  fail(error: Error): void;
}

/** What a component is opened with. */
export interface ComponentSurroundings {
  readonly app: AppOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** To be called when something has come to its end: messages that were sent leave at once then. */
  readonly moved: () => void;
  /** Resolves when the worker is ready: its first partitions have their tables, and run. Rejects when it stops before. */
  readonly ready: Promise<void>;
  /** Ends the worker because of an error. */
  readonly fail: (error: Error) => void;
  /**
   * Has a listener told of the terms in which this worker is the leader, which has partition 0 of the `leadTopic`: of one when it has
   * begun, and again when what was not committed of it was taken back; of undefined when it has ended.
   */
  readonly whenLeading: (listener: (term: LeaderTerm | undefined) => void) => void;
  /**
   * Runs something once for each part of a table that this worker has, as an attempt of its own that no other runs beside: it may read and
   * write that part, and what it sends leaves when it succeeds. Parts whose handlers run for long are left out.
   * @returns what it failed with, of each part
   */
  readonly perPartition: (table: WrittenDefinition, name: string, run: (tick: PartitionTick) => unknown) => Promise<readonly unknown[]>;
}

/** A time from which to another this worker is the leader. */
export interface LeaderTerm {
  /**
   * Up to when the ticks of a name are over, in milliseconds since 1970: as it is committed, or will be with the next checkpoint.
   * Undefined where none was ever noted.
   */
  over(name: string): number | undefined;
  /** Has it noted that the ticks of a name are over up to a time. It does not go back. */
  note(name: string, time: number): void;
  /**
   * Runs a tick as an attempt of its own. What it sends and writes and that it is over are committed together, and not where another
   * worker has become the leader.
   * @returns whether it has run and counts: not where handlers kept it waiting for long, or what is not committed was taken back. Rejects
   * with what it threw
   */
  run(tick: LeaderTick, run: (tick: Tick) => unknown): Promise<boolean>;
}

/** What the leader is to run. */
export interface LeaderTick {
  /** Of the member. */
  readonly name: string;
  /** Its own, which is noted. Undefined where it has none. */
  readonly time?: number;
  /** Whether it has run before, and was taken back. @default false */
  readonly isAgain?: boolean;
}

/** What is given to a member that is called at its times. */
export interface Tick {
  /** Milliseconds since 1970: of a cron the time that its expression names, else when it is called. */
  readonly time: number;
  /** Aborted when the worker stops; of the leader and of partitions when these go. */
  readonly signal: AbortSignal;
}

/** What is given to a member that is called for each partition of a table. */
export interface PartitionTick extends Tick {
  readonly partition: number;
}

/** What runs of a component in one worker. */
export interface RunningComponent {
  /** After the start hooks, and before the first message. What it throws makes the start fail. */
  start(): void | Promise<void>;
  /**
   * Begins nothing more, and resolves when what runs has come to its end. Before the stop hooks. Safe to call twice, and without a start.
   */
  stop(): void | Promise<void>;
  /** What has begun and not come to its end, by names for messages. A test waits for it, and a stop that takes too long tells it. */
  running?(): readonly string[];
}

/** A component with its members in one app. */
export interface BoundComponent {
  readonly kind: string;
  readonly members: readonly { readonly name: string; readonly description: string }[];
  open(around: ComponentSurroundings): RunningComponent;
}

/** Something of the app's own to be called in the life of a worker. `name` is for messages. */
export interface Hook {
  readonly name: string;
  readonly start?: () => unknown;
  readonly stop?: () => unknown;
  /** Partitions have come. Their first event comes when it is done. */
  readonly assigned?: PartitionsHook;
  /** Partitions go, or are gone already where they were lost. Those that go are handed over when it is done, or `drainTimeout` is over. */
  readonly revoked?: PartitionsHook;
  /** Partitions that have come have their local state. Their first event comes when it is done. */
  readonly recovered?: PartitionsHook;
}

/** Given partitions of the topics that agents read, without those that the app keeps for itself. */
export type PartitionsHook = (partitions: readonly TopicPartition[]) => unknown;

/** Every topic a topology touches, each once. */
export function topicsOf({
  agents,
  topics,
  tables = [],
  globals = [],
}: Pick<Topology, 'agents' | 'topics' | 'tables' | 'globals'>): TopicDefinition[] {
  const sinks = agents
    .flatMap((agent) => agent.sinks ?? [])
    .filter((sink): sink is TopicDefinition<unknown, never> => 'kind' in sink && sink.kind === 'topic');
  return [
    ...new Set([
      ...agents.map((agent) => agent.topic).filter(({ derivedFrom }) => derivedFrom === undefined),
      ...sinks,
      ...topics,
      ...tables.flatMap((each) => each.topics),
      ...[...tables.map(({ definition }) => definition), ...globals].map(originOf).filter(isTopic),
    ] as TopicDefinition[]),
  ];
}

/**
 * The topic whose partition 0 the leader has: of those that agents read the first by name. Undefined where none of them is known by name.
 */
export function leadTopic(read: readonly TopicDefinition[]): string | undefined {
  const names = read.filter(({ derivedFrom }) => derivedFrom === undefined).flatMap((topic) => topic.names);
  return names.filter((name): name is string => typeof name === 'string').sort()[0];
}

/** A topic to which events are moved under new keys, and the one that they come from. */
export interface Repartition {
  readonly topic: TopicDefinition;
  readonly origin: TopicDefinition;
}

/** The topics to which a topology moves events under new keys, each after the one that it comes from. */
export function repartitionsOf({ agents }: Pick<Topology, 'agents'>): Repartition[] {
  return agents.flatMap(({ topic: origin, sinks = [] }) => sinks.filter(isRegrouping).map(({ topic }) => ({ topic, origin })));
}

/** Whether a value can name an app: its consumer group and the topics that begin with it. */
export function isAppId(id: unknown): id is string {
  return typeof id === 'string' && /^[a-zA-Z0-9._-]{1,200}$/.test(id);
}

/** The topics whose messages nobody needs that the group has read: nothing else ends them. */
export function passingTopics({ agents }: Pick<Topology, 'agents'>): string[] {
  const read = agents.filter(({ topic }) => topic.isPassing === true).map(({ topic }) => topic.name);
  return [...new Set([...repartitionsOf({ agents }).map(({ topic }) => topic.name), ...read])];
}

/** The consumer group of an app. */
export function groupOf({ id, version = 1, part }: Pick<AppOptions, 'id' | 'version' | 'part'>): string {
  if (part !== undefined) return `${id}-${part}`;
  return version === 1 ? id : `${id}-v${version}`;
}
