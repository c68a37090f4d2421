import type { Codec } from '../codecs/index.js';
import type { DedupeDefinition, JoinDefinition, LookupDefinition, OnEmpty, Reads, TopicDefinition } from '../definitions/index.js';
import type { BatchEvent, Event, Expands, Stream } from '../streams/index.js';
import type { Duration } from '../time/index.js';
import type { Outgoing } from '../transport/index.js';
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

/**
 * The sink of an agent that moves the events of its topic into another under new keys, which are its results: values, headers and timestamps go through byte
 * for byte.
 */
export interface Regrouping {
  readonly kind: 'regrouping';
  readonly topic: TopicDefinition;
}

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
  /** Of an agent that reads several topics by schemas of their own there are several descriptions, all of its name. */
  readonly name: string;
  readonly topic: TopicDefinition;
  /** Makes of a decoded message what the function is given. @default its value */
  readonly reads?: Reads;
  /** Makes other events of an event before the function is given them; in its attempt. */
  readonly expands?: Expands;
  /** The join whose side its topic is. */
  readonly joins?: { readonly join: JoinDefinition; readonly side: 'left' | 'right' };
  /** The table in which each event is looked up. */
  readonly looksUp?: LookupDefinition;
  /** The source without duplicates that it reads. */
  readonly dedupes?: DedupeDefinition;
  readonly sinks?: readonly (Sink<never> | Regrouping)[];
  readonly errors?: ErrorsOption;
  readonly concurrency?: ConcurrencyOption;
  readonly handlerTimeout?: Duration;
};

/** What takes the results of an event that go to topics: the attempt that they belong to. */
export interface ResultTaker {
  stage(message: Outgoing): void;
}

/** Gives a result to the sinks of an agent. Undefined when there is nothing to wait for. */
export type Emit = (result: unknown, event: BatchEvent, taker: ResultTaker) => Promise<unknown> | undefined;

/** An agent ready to run: its options compiled, its codecs and sinks bound. */
export interface BoundAgent {
  readonly name: string;
  readonly definition: AgentRun;
  readonly keyCodec: Codec<unknown>;
  readonly valueCodec: Codec<unknown>;
  readonly onEmpty: OnEmpty;
  readonly reads: Reads | undefined;
  readonly expands: Expands | undefined;
  /** Takes the event time from a value; missing where it is the timestamp of the message. */
  readonly eventTime: ((value: unknown) => unknown) | undefined;
  readonly errors: ErrorPolicy;
  readonly concurrency: { readonly by: 'partition' | 'key' | 'none'; readonly max: number; readonly maxAhead: number };
  /** 0 is no limit. */
  readonly handlerTimeoutMs: number;
  readonly batchWithinMs: number;
  /** Whether results go to one topic, and nowhere else. */
  readonly hasOneTopicSink: boolean;
  /** Whether sinks are functions: their code belongs to the attempt whose result they are given. */
  readonly hasFunctionSinks: boolean;
  readonly emit: Emit;
}

/** Whether events of one partition run beside each other. */
export function runsSeveral({ definition, concurrency }: BoundAgent): boolean {
  return definition.kind === 'event' && concurrency.by !== 'partition';
}

/** Whether a sink is that of an agent that moves events. */
export function isRegrouping(sink: unknown): sink is Regrouping {
  return typeof sink === 'object' && sink !== null && (sink as Regrouping).kind === 'regrouping';
}
