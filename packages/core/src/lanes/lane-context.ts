import type { Outputs, RetryStates } from '../attempts/index.js';
import type { TopicDefinition } from '../definitions/index.js';
import type { DeadLetters } from '../letters/index.js';
import type { Observers } from '../observers/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { BoundTopic, Topic } from '../topics/index.js';
import type { CrashWatch } from './guard.js';
import type { RecentEvents } from './recent-events.js';

/** Who goes by the time of events. */
export interface EventTime {
  /** An event with this timestamp is at its end. */
  finished(timestamp: number): void;
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
