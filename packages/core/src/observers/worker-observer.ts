import type { Position, TopicPartition } from '../positions/index.js';

/** A partition group: the set of topics that share state, and the number of its partitions. A topic that shares none is a set by itself. */
export interface GroupName {
  readonly set: string;
  readonly number: number;
}

/** An event of an agent. */
export interface AgentEvent {
  readonly agent: string;
  readonly at: Position;
}

/** How far a changelog was read. */
export interface RecoveringEvent extends TopicPartition {
  /** The next offset to be read; −1 before the broker has said where the log begins. */
  readonly position: number;
  /** The offset to stop before. */
  readonly end: number;
  /** Messages that were read so far. */
  readonly entries: number;
  /** For how long the position has not moved, in milliseconds. */
  readonly stillMs: number;
  /** What it probably waits for, once it has stood still for long: an answer of the broker, or the end of an open transaction below `end`. */
  readonly waitingFor?: 'broker' | 'transaction';
}

/** What one checkpoint took, by its steps, in whole milliseconds of the worker's clock. Steps that its guarantee does not have took none. */
export interface CheckpointEvent {
  /** Exactly once: until the attempts that have sent came to their ends. */
  readonly quiesceMs: number;
  readonly prepareMs: number;
  readonly writeMs: number;
  readonly flushMs: number;
  readonly commitMs: number;
  /** Until the local stores had it. */
  readonly storeMs: number;
  /** Changelog entries that were written, and the bytes of their keys and values. */
  readonly entries: number;
  readonly bytes: number;
}

/** Why a partition does not move on. */
export interface StalledEvent extends TopicPartition {
  readonly ms: number;
  /** The oldest event that a handler has not finished. */
  readonly running?: AgentEvent;
  /** The broker has messages from `position` on, up to `end`, and gives none. It is read anew. */
  readonly unread?: { readonly position: number; readonly end: number };
}

/** A write to a window that was closed: it is not made. Times are milliseconds since 1970. */
export interface LateEvent {
  readonly table: string;
  readonly partition: number;
  readonly key: unknown;
  /** The event time of the event. */
  readonly time: number;
  readonly window: { readonly start: number; readonly end: number };
  /** That of the partition group. */
  readonly watermark: number;
}

/** What happens to a worker. None of it happens for every event: an observer costs nothing where all goes well. */
export interface WorkerEvents {
  /** Partitions are ours from now on. */
  readonly assigned: { readonly partitions: readonly TopicPartition[] };
  /** They were handed over: what ran has come to its end or was abandoned, and is committed. `ms` from the request on. */
  readonly revoked: { readonly partitions: readonly TopicPartition[]; readonly ms: number };
  /** They were gone already. */
  readonly lost: { readonly partitions: readonly TopicPartition[] };
  /** Told of each changelog that is being read, once a second. */
  readonly recovering: RecoveringEvent;
  /** A group has its state, and runs. `entries` that were read for it. */
  readonly recovered: GroupName & { readonly ms: number; readonly entries: number };
  /** The consumer group has these offsets. */
  readonly committed: { readonly positions: readonly Position[] };
  /** A checkpoint has come to its end. */
  readonly checkpoint: CheckpointEvent;
  /** The transaction is aborted, and its events run again. */
  readonly aborted: { readonly why: Error };
  /** A group has gone back to what is committed. */
  readonly rewound: GroupName & { readonly why: Error };
  /** An attempt has read what another has changed meanwhile: it runs again, which does not count as a failure. */
  readonly overtaken: AgentEvent;
  /** An attempt has failed; after `waitMs` comes another. `tries` that count so far. Where the event is parked `until` says when that is, in milliseconds since 1970. */
  readonly retried: AgentEvent & { readonly tries: number; readonly error: unknown; readonly waitMs: number; readonly until?: number };
  /** An event is parked behind earlier ones of its key, before its first attempt. */
  readonly parked: AgentEvent;
  /** An event that cannot be processed was passed over, as its policy says. */
  readonly skipped: AgentEvent & { readonly tries: number; readonly error: unknown };
  /** One was written to the dead letters. */
  readonly deadLettered: AgentEvent & { readonly tries: number; readonly error: unknown; readonly deadLetters: string };
  /** A grouped source drops events: so many since the worker began, without a new key or with a null value. Told at most once a minute. */
  readonly dropped: { readonly agent: string; readonly keyless: number; readonly tombstones: number };
  readonly late: LateEvent;
  readonly stalled: StalledEvent;
  /** Told once: the partitions of the first assignment run. `entries` that were read for their state, `ms` from the assignment until they ran. */
  readonly ready: { readonly partitions: readonly TopicPartition[]; readonly entries: number; readonly ms: number };
  /** Everything is closed. `failure` is what it stopped for, when nobody asked it to. */
  readonly stopped: { readonly failure?: Error };
}

/** Hears what happens to a worker, for a log, metrics or a test. Each method is called in the turn in which it happens, and should be short. */
export type WorkerObserver = { readonly [E in keyof WorkerEvents]?: (event: WorkerEvents[E]) => void };
