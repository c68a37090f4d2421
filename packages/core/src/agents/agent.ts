import type { Logger } from 'pino';
import type { Codec } from '../codecs/index.js';
import type { Position, TopicPartition } from '../errors/index.js';
import type { BatchEvent, Event, Stream, Tracker } from '../streams/index.js';
import type { Clock, Duration } from '../time/index.js';
import type { BoundTopic, OnEmpty, Topic, TopicDefinition } from '../topics/index.js';
import type { Begun } from './begun.js';
import type { CarefulOutlet } from './careful-outlet.js';
import type { DeadLetters } from './dead-letters.js';
import type { ErrorPolicy, ErrorsOption } from './errors-option.js';

/** A typed reference to an agent, as `agent(Class, 'method')` makes it: for sinks, `@Inject` and tests. */
export interface AgentReference<V = unknown, R = unknown> {
  readonly kind: 'agent';
  readonly declaring: abstract new (...args: never[]) => object;
  readonly method: string;
  /** Carries the types of values and results; there is nothing in it. */
  readonly of?: { readonly value: V; readonly result: R };
}

/** Where results go: a topic, the topic of another agent, or a function. */
export type Sink<R> = TopicDefinition<unknown, R> | AgentReference<R, unknown> | ((result: R) => unknown);

/** How many events of one partition run at once, and what must stay in order. */
export interface ConcurrencyOption {
  /** 'partition': one at a time. 'key': events of one key in order, different keys at once. 'none': no order. @default 'partition' */
  readonly by?: 'partition' | 'key' | 'none';
  /** Events of one partition that run at once. @default 1 for 'partition', else 16 */
  readonly max?: number;
  /** How far the newest event in flight may be ahead of the commit point, in events. @default 1000 */
  readonly maxAhead?: number;
}

/** Arrays of events for one call of the handler. */
export interface BatchOption<M extends number = number> {
  /** Most events in an array. */
  readonly max: M;
  /** How long the first event may wait for others. @default it takes what is there */
  readonly within?: Duration;
}

/** The three forms of an agent's function. */
export type AgentRun =
  | { readonly kind: 'stream'; readonly run: (stream: Stream) => unknown }
  | { readonly kind: 'event'; readonly run: (value: unknown, event: Event) => unknown }
  | { readonly kind: 'batch'; readonly run: (values: unknown[], events: Event[]) => unknown; readonly batch: BatchOption };

/** An agent as the topology describes it: plain values and one function. */
export type AgentDescription = AgentRun & {
  readonly name: string;
  readonly topic: TopicDefinition;
  readonly sinks?: readonly Sink<never>[];
  readonly errors?: ErrorsOption;
  readonly concurrency?: ConcurrencyOption;
  readonly handlerTimeout?: Duration;
};

/** Gives a result to the sinks of an agent. Undefined when there is nothing to wait for. */
export type Emit = (result: unknown, event: BatchEvent) => Promise<unknown> | undefined;

/** An agent ready to run: its options compiled, its codecs and sinks bound. */
export interface BoundAgent {
  readonly name: string;
  readonly definition: AgentRun;
  readonly keyCodec: Codec<unknown>;
  readonly valueCodec: Codec<unknown>;
  readonly onEmpty: OnEmpty;
  readonly errors: ErrorPolicy;
  readonly concurrency: { readonly by: 'partition' | 'key' | 'none'; readonly max: number; readonly maxAhead: number };
  /** 0 is no limit. */
  readonly handlerTimeoutMs: number;
  readonly batchWithinMs: number;
  readonly emit: Emit;
}

/** How often an event was tried, and what it failed with last. */
export interface Spent {
  readonly tries: number;
  readonly error: unknown;
  /** When the next try is due, if its wait had begun. */
  readonly retryAt?: number;
  /** Whether the last try had its transaction undone, and not others': then there is a commit before the next one. */
  readonly hasUndone?: boolean;
}

/** What is remembered of events that failed until they are committed: others may have them run again. */
export interface Tried {
  /** Remembers the tries of an event that is given up because of others: it goes on where it was. */
  note(agent: string, at: Position, spent: Spent): void;
  /** The tries that an event has behind it. */
  spent(agent: string, at: Position): Spent | undefined;
  /** At least once, remembers that nothing more is to be done for an event. */
  setAside(agent: string, at: Position): void;
  isSetAside(agent: string, at: TopicPartition, offset: number): boolean;
}

/** With exactly-once: what lanes need to know of the open transaction. */
export interface OpenTransaction {
  /** A failed try left messages in the transaction: it must be aborted, and the event goes on with what it has spent, if anything. */
  undo(agent: string, at: Position, error: unknown, spent?: Spent): void;
}

/** Whether events of one partition run beside each other. */
export function runsSeveral({ definition, concurrency }: BoundAgent): boolean {
  return definition.kind === 'event' && concurrency.by !== 'partition';
}

/** What is known about an event from processes that ended with it in hand. */
export interface Blame {
  /** How often that was. */
  readonly crashes: number;
  /** For how many crashes they count against it: less, where it may well have been something else that ended the process. */
  readonly weight: number;
  /** Whether it was done already at one of them. */
  readonly isLate: boolean;
}

/** What is known about one lane from processes that did not end in order, and what this one tells the next. */
export interface Hand {
  /** The offset after the last event that must not run beside others; 0 without any. */
  readonly suspectUntil: number;
  /** Whether it is noted what is in hand, and so whose code runs. */
  readonly isNoting: boolean;
  /** How often the process ended with this event in hand, and what that says. */
  blame(offset: number): Blame;
  /** Where several events run at once: one begins. */
  begins(offset: number): void;
  /** It has come to its end. */
  ends(offset: number): void;
  /** What is in hand no longer counts. */
  close(): void;
}

/** Finds out which input ends the process. */
export interface CrashWatch {
  /**
   * Looks after the events of one lane.
   * @param tracker tells what is in hand; where several events run at once, that is all between the oldest and the newest
   * @param isTold whether the lane tells of each event that begins and ends, which is exact
   */
  open(agent: string, at: TopicPartition, tracker: Tracker, isTold: boolean): Hand;
  /**
   * Makes a try of an event that may end the process when no other such try runs.
   * @param ready resolves when it may begin, once it is its turn
   */
  alone<T>(hand: Hand, offset: number, ready: () => Promise<void>, run: () => Promise<T>): Promise<T>;
}

/** What lanes need of the worker. */
export interface LaneContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outlet: CarefulOutlet;
  readonly deadLetters: DeadLetters;
  readonly transaction?: OpenTransaction;
  readonly tried: Tried;
  /** Missing where nothing outlives the process. */
  readonly crashes?: CrashWatch;
  readonly begun: Begun;
  /** The topic that `event.forward` writes to. */
  topic(definition: TopicDefinition | Topic): BoundTopic<unknown, unknown>;
  /** Ends the worker: the event that failed stays uncommitted. */
  fail(error: Error): void;
  /** Commits what is done by now. Resolves when that has been tried. */
  commit(): Promise<void>;
  /** Called when a lane has finished events, made room or come to rest. */
  moved(): void;
}
