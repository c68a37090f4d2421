import { AgentError, asError } from '../errors/index.js';
import { type BatchEvent, type Stream, streamOf } from '../streams/index.js';
import type { Care } from './careful-outlet.js';
import type { Lane } from './lane.js';
import { LaneFeed } from './lane-feed.js';
import { hasPromises, refuseSteps } from './outcome.js';
import type { Runner } from './runner.js';

/** An agent that loops over its stream: one run of its method for the life of the lane, and another after each failure. */
export class Streaming implements Runner {
  readonly isGathering = false;
  /** Whether an event runs alone, outside the stream. */
  hasTaken = false;
  readonly #lane: Lane;
  readonly #method: (stream: Stream) => unknown;
  #feed: LaneFeed | undefined;
  #isCareful = false;
  /** Whether the method runs. */
  #isRunning = false;
  /** Whether events that it failed on are on their way to their end. */
  #isRecovering = false;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#method = (lane.agent.definition as { run(stream: Stream): unknown }).run;
  }

  /** The loop may run while an event that could not be decoded waits for its retry; one that runs alone may wait for its turn. */
  get isPaused(): boolean {
    const { rest, undecoded } = this.#lane;
    const isBusy = this.#isRunning && (this.#feed?.isIdle === false || this.#feed?.isInHand === true);
    return (
      rest.backOffs > 0 && !isBusy && rest.backOffs === undecoded + ((this.#isRecovering || this.hasTaken) && !this.#isRunning ? 1 : 0)
    );
  }

  wake(): void {
    if (this.#isCareful) return;
    if (this.#feed !== undefined) this.#feed.wake();
    else if (this.#lane.careful.hasNext) void this.#liveCarefully();
    else if (!this.#lane.careful.mayHaveNext) void this.#live();
  }

  rests(): void {
    this.#feed?.hurry();
  }

  /** A run on events that failed ends by itself: cut short, it would be taken for done with them. */
  stop(): void {
    if (this.#feed?.isReplay === false) this.#feed.close();
  }

  drop(): void {}

  /** Runs the agent until the lane stops: again after each failure, once the events that it failed on have come to an end. */
  async #live(): Promise<void> {
    while (!this.#lane.rest.isStopped) {
      const feed = new LaneFeed(this.#lane);
      const failure = await this.#lane.outputs.within(() => this.#run(feed));
      if (failure !== undefined && !this.#lane.rest.isStopped) await this.#recover(feed.unreleased(), failure.error);
      else if (feed.unreleased().length > 0) this.#lane.wasCutShort = true;
      feed.leave();
      if (failure === undefined) return;
    }
  }

  /** Runs the agent on one event after another, each waiting for its own deliveries, up to where it need not. */
  async #liveCarefully(): Promise<void> {
    this.#isCareful = true;
    while (this.#lane.careful.hasNext) {
      const event = this.#lane.next();
      if (event === undefined) break;
      this.hasTaken = true;
      await this.#lane.unlessSuspect(event, () => this.#carefully(event));
      this.hasTaken = false;
      this.#lane.rest.settle();
    }
    this.#isCareful = false;
    this.#feed = undefined;
    if (this.#lane.queue.waiting > 0 && !this.#lane.careful.hasNext) this.wake();
  }

  async #carefully(event: BatchEvent): Promise<void> {
    const spent = this.#lane.mark(event);
    if (spent !== undefined) return this.#toTheEnd(() => this.#lane.failures.resume(event, spent, (care) => this.#again([event], care)));
    try {
      await this.#again([event], this.#lane.context.outlet.care);
      this.#lane.finish(event);
    } catch (failure) {
      await this.#recover([event], failure);
    }
  }

  /** One run of the method, to its end. Undefined when it ended as it should. */
  async #run(feed: LaneFeed): Promise<{ readonly error: unknown } | undefined> {
    this.#feed = feed;
    this.#isRunning = true;
    try {
      const outcome = this.#method(streamOf(feed));
      if (isAsyncIterable(outcome)) {
        for await (const result of outcome) {
          const taken = this.#emit(hasPromises(result) ? await Promise.all(result) : result, feed);
          if (taken !== undefined) await taken;
        }
      } else refuseSteps(await outcome, this.#lane.agent.name, 'Write async *');
      feed.asks();
      if (!feed.isClosed) this.#lane.context.fail(this.#returned());
      return undefined;
    } catch (error) {
      feed.fail();
      this.#lane.outputs.discard();
      return { error };
    } finally {
      this.#isRunning = false;
    }
  }

  #emit(result: unknown, { latest }: LaneFeed): Promise<unknown> | undefined {
    return result === undefined || latest === undefined ? undefined : this.#lane.agent.emit(result, latest);
  }

  /** Brings the events that a run failed on to an end, by further runs. Without any there is nothing to set aside. */
  async #recover(held: readonly BatchEvent[], failure: unknown): Promise<void> {
    if (held.length > 0)
      return this.#toTheEnd(() => this.#lane.failures.recoverTogether(held, failure, (some, care) => this.#again(some, care)));
    const { agent, at, queue, context } = this.#lane;
    const position = { ...at, offset: queue.nextOffset ?? -1 };
    context.fail(new AgentError(agent.name, position, { cause: failure, remedy: 'It failed before it took an event' }));
    this.#lane.halt();
  }

  async #toTheEnd(recovery: () => Promise<void>): Promise<void> {
    this.#isRecovering = true;
    await recovery();
    this.#isRecovering = false;
  }

  /** A run on just these events. Resolves when it is done with all of them. */
  #again(events: readonly BatchEvent[], care: Care): Promise<void> {
    return this.#lane.carefully(events[0], care, async () => {
      const feed = new LaneFeed(this.#lane, events);
      const failure = await this.#run(feed);
      feed.leave();
      if (failure !== undefined) throw failure.error;
      if (!feed.isClosed) throw this.#returned();
    });
  }

  #returned(): AgentError {
    const { agent, at, queue } = this.#lane;
    const cause = asError('its method returned while its stream was open');
    return new AgentError(
      agent.name,
      { ...at, offset: queue.nextOffset ?? -1 },
      { cause, code: 'AGENT_RETURNED', remedy: 'Loop until the stream ends, or use @Handler' },
    );
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
