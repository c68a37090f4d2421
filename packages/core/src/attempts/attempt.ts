import { LifecycleError } from '../errors/index.js';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import type { BatchEvent } from '../streams/index.js';
import type { Outgoing } from '../transport/index.js';
import type { AttemptWrites } from './attempt-writes.js';

/** Only a running attempt takes messages; one that failed or was abandoned refuses them. */
export type AttemptState = 'running' | 'succeeded' | 'failed' | 'abandoned';

/** The lane that an attempt belongs to. */
export interface AttemptLane extends TopicPartition {
  readonly agent: { readonly name: string };
  /** Whether the lane was given up: nothing of it counts any more. */
  readonly isAbandoned: boolean;
  /** Some of its attempts wait for something else than their own work, or with a negative number no longer. */
  waits?(count: number): void;
}

/** So much is staged; an attempt that makes more sends it before it has succeeded. */
const stagedMax = 1_000;
const stagedBytesMax = 1024 * 1024;

const nothing: readonly Outgoing[] = [];

/** One try of an event, or of several together: what it sends, and how it ended. */
export class Attempt {
  /** Whether a message of it has left. With exactly once it is in the open transaction. */
  hasSent = false;
  /** Its place among the origins of messages on their way; −1 before its first. */
  origin = -1;
  /** Deliveries that an isolated attempt waits for. */
  readonly deliveries: Set<Promise<unknown>> | undefined;
  /** What it changes in local state; undefined before the first change. */
  writes: AttemptWrites | undefined;
  /** The offsets of its events, from the first to the last. */
  from: number;
  to: number;
  /** The greatest event time of its events, where local state asks for it. */
  time: number | undefined;
  /** The newest of its events, where local state asks for it. */
  event: BatchEvent | undefined;
  #state: 'running' | 'succeeded' | 'failed' = 'running';
  #staged: Outgoing[] | undefined;
  #stagedBytes = 0;

  /**
   * @param owner whose messages it stages: those of another worker in this process are none of it
   * @param isIsolated each of its messages goes alone, and is waited for before it succeeds
   */
  constructor(
    readonly owner: object,
    readonly lane: AttemptLane,
    from: number,
    to: number,
    isIsolated: boolean,
  ) {
    this.from = from;
    this.to = to;
    this.deliveries = isIsolated ? new Set() : undefined;
  }

  /** Is the attempt of another event: the one it was is done, and nobody has it any more. */
  again(offset: number): this {
    this.hasSent = false;
    this.origin = -1;
    this.from = offset;
    this.to = offset;
    this.#state = 'running';
    return this;
  }

  /** A handler's code belongs to its attempt for good. */
  get attempt(): this {
    return this;
  }

  get state(): AttemptState {
    return this.lane.isAbandoned && this.#state === 'running' ? 'abandoned' : this.#state;
  }

  get isRunning(): boolean {
    return this.#state === 'running' && !this.lane.isAbandoned;
  }

  /** Whether what it sends does not count: it has failed, or its lane was given up, also after it had succeeded. */
  get isClosed(): boolean {
    return this.#state === 'failed' || this.lane.isAbandoned;
  }

  get isIsolated(): boolean {
    return this.deliveries !== undefined;
  }

  /** Takes in another event, which comes after those it has: what it sends from here on may be for that. */
  covers(offset: number): void {
    this.to = offset;
    this.origin = -1;
  }

  /** Keeps a message until the attempt has succeeded. */
  stage(message: Outgoing): void {
    // Mostly it stays the only one: an empty array would take room for seventeen with it.
    if (this.#staged === undefined) this.#staged = [message];
    else this.#staged.push(message);
    this.#stagedBytes += (message.key?.length ?? 0) + (message.value?.length ?? 0);
  }

  get hasStaged(): boolean {
    return this.#staged !== undefined;
  }

  get isFull(): boolean {
    return this.#staged !== undefined && (this.#staged.length >= stagedMax || this.#stagedBytes >= stagedBytesMax);
  }

  /** What was staged, in order. It is staged no longer. */
  takeStaged(): readonly Outgoing[] {
    const staged = this.#staged ?? nothing;
    this.#staged = undefined;
    this.#stagedBytes = 0;
    return staged;
  }

  end(state: 'succeeded' | 'failed'): void {
    this.#state = state;
    if (state === 'failed') this.takeStaged();
    this.writes?.drop();
    this.writes = undefined;
  }

  /** @throws LifecycleError when it has failed or was abandoned */
  mustBeOpen(): void {
    if (!this.isClosed) return;
    const { topic, partition, agent } = this.lane;
    const at = formatPosition({ topic, partition, offset: Math.max(this.from, 0) });
    throw new LifecycleError(
      `this code belongs to an attempt of ${agent.name} on ${at} that has failed or was given up, and the event runs again: what it sends does not count. Heed event.signal, and await what the handler begins; code that serves more than one event begins in detached(() => …)`,
      { code: 'ATTEMPT_CLOSED' },
    );
  }
}
