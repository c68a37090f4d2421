import type { Attempt, Outputs, RetryStates } from '../attempts/index.js';
import type { TopicDefinition } from '../definitions/index.js';
import type { DeadLetters } from '../letters/index.js';
import type { Observers } from '../observers/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { BatchEvent, KeptBatch, KeptEvent } from '../streams/index.js';
import type { Cancel, Clock } from '../time/index.js';
import type { BoundTopic, Topic } from '../topics/index.js';
import type { Alignment, Watermark } from '../windows/index.js';
import type { CrashWatch } from './guard.js';
import type { RecentEvents } from './recent-events.js';

/** What goes by the event times of the events of a partition group. */
export interface EventTime {
  /** An event is at its end. @param time its event time */
  finished(time: number): void;
  /** Lanes tell it how far they have come. Missing where nothing waits for it. */
  readonly watermark?: Watermark;
  /** Keeps its topics together. Missing where there is one only. */
  readonly alignment?: Alignment | undefined;
  /** Whether event times of a lane are looked at though it tells them nobody. @default false */
  readonly isChecked?: boolean;
}

/** What the derived events of a lane stand for. */
export interface DerivedState {
  /** An attempt is about to succeed with an event: what that stands for is taken out with it. */
  settle(attempt: Attempt, event: KeptEvent): void;
  /** It has succeeded. */
  settled(event: KeptEvent): void;
}

/** Events that a partition group derives from its state, of one kind. */
export interface DerivedSource extends DerivedState {
  /** How it stands in lists, and what its lanes have in the place of a topic. */
  readonly topic: string;
  /** The next events in their order, at most so many; undefined when there is none now. None is given twice, until a rewind has taken all back. */
  next(max: number): KeptBatch | undefined;
}

/** How an event waits that is parked. */
export interface ParkedFor {
  /** Attempts that count. */
  readonly tries: number;
  /** When it may run, once it is the first of its key: milliseconds since 1970. */
  readonly due: number;
  /** What the last attempt failed with; missing before the first. */
  readonly error?: unknown;
  /** Whether that was a message of it that was refused: the next attempt runs in isolation. */
  readonly isRefused?: boolean;
}

/** Where events of an agent wait for their next attempt outside of its lanes, and later ones of their keys behind them. */
export interface Parking {
  /** Whether earlier events of its key are parked. */
  isBehind(event: BatchEvent): boolean;
  /** Attempts that an event has behind it which was parked. */
  triesOf(event: BatchEvent): number;
  /** Whether an event may be parked: there is room, or it was so before. */
  admits(event: BatchEvent): boolean;
  /** An attempt of an event has it parked. @throws Overtaken */
  park(attempt: Attempt, event: BatchEvent, waits: ParkedFor): void;
  /** That attempt has succeeded. */
  parked(event: BatchEvent): void;
  /** Calls a listener when one that was parked is at its end. */
  whenLeft(listener: () => void): Cancel;
}

/** What lanes need of the worker. */
export interface LaneContext {
  readonly clock: Clock;
  readonly observers: Observers;
  readonly outputs: Outputs;
  readonly deadLetters: DeadLetters;
  readonly retries: RetryStates;
  /** Whether so much of local state has changed that no attempt may begin until a checkpoint has committed it. */
  readonly uncommitted: { readonly isFull: boolean };
  /** Whether attempts are known to the code that runs for them. Not where nothing asks: no topic is injected, and no crash is to be explained. */
  readonly hasExecutions: boolean;
  /** Whether agents of a topic keep local state: what they have completed must not be done again. */
  hasState(topic: string): boolean;
  /** Told of each event of a partition that is at its end; undefined where nobody asks. */
  timeOf?(at: TopicPartition): EventTime | undefined;
  /** Of a repartition topic whose messages tell the time at their origin: how many partitions that has. */
  originPartitionsOf?(topic: string): number | undefined;
  /** What the events of a partition stand for; undefined where they come out of a log. */
  derivedOf?(at: TopicPartition): DerivedState | undefined;
  /** Where events of an agent wait on a partition that fail; undefined where they wait in their lane. */
  parkingOf?(agent: string, at: TopicPartition): Parking | undefined;
  /** How much later than the clock an event may be that somebody goes by, in milliseconds. */
  readonly aheadMs: number;
  /** Whether a topic is one to which events are moved under new keys: it has markers among them. */
  hasMarkers(topic: string): boolean;
  /** Missing where nothing outlives the process. */
  readonly crashes?: CrashWatch;
  readonly recent: RecentEvents;
  /** The topic that `event.forward` writes to. */
  topic(definition: TopicDefinition | Topic): BoundTopic<unknown, unknown>;
  /** Whether what is sent goes out in transactions, with the offsets. */
  readonly isExact: boolean;
  /** Has the open transaction aborted, and everything begun again from what is committed. Not called at least once. */
  abort(why: Error): void;
  /** Ends the worker: the event that failed stays uncommitted. */
  fail(error: Error): void;
  /** Commits what is done by now. Resolves when that has been tried. */
  commit(): Promise<void>;
  /** Called when a lane has finished events, made room or become quiescent. */
  moved(): void;
}
