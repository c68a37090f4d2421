import { AgentError, asError } from '../errors/index.js';
import { type BatchEvent, type Stream, streamOf } from '../streams/index.js';
import type { Spent } from './agent.js';
import type { Lane, Runner } from './lane.js';
import { LaneFeed } from './lane-feed.js';
import { retry, setAside } from './recover.js';

/** An agent that loops over its stream: one run of its method for the life of the lane, and another after each failure. */
export class Streaming implements Runner {
  readonly isGathering = false;
  /** Whether an event runs alone, outside the stream. */
  hasTaken = false;
  readonly #lane: Lane;
  readonly #method: (stream: Stream) => unknown;
  #feed: LaneFeed | undefined;
  #isCareful = false;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#method = (lane.agent.definition as { run(stream: Stream): unknown }).run;
  }

  wake(): void {
    if (this.#isCareful) return;
    if (this.#feed !== undefined) this.#feed.wake();
    else if (this.#lane.isNextCareful) void this.#liveCarefully();
    else void this.#live();
  }

  stop(): void {
    this.#feed?.close();
  }

  drop(): void {}

  /** Runs the agent until the lane stops: again from the events that failed, after each failure. */
  async #live(): Promise<void> {
    let replay: readonly BatchEvent[] = [];
    while (!this.#lane.isStopped) {
      const feed = new LaneFeed(this.#lane, replay);
      const failure = await this.#run(feed);
      if (failure === undefined || this.#lane.isStopped) return feed.leave();
      replay = await this.#recover(feed.held(), failure.error);
      feed.leave();
    }
  }

  /** Runs the agent on one event after another, each waiting for its own deliveries, up to where it need not. */
  async #liveCarefully(): Promise<void> {
    this.#isCareful = true;
    while (this.#lane.isNextCareful) {
      const event = this.#lane.next();
      if (event === undefined) break;
      this.hasTaken = true;
      try {
        const spent = this.#lane.mark(event);
        if (spent === undefined) await this.#again([event]);
        else await this.#lane.resumeRetries(event, spent, () => this.#again([event]));
      } catch (failure) {
        await this.#recover([event], failure);
      }
      this.hasTaken = false;
      this.#lane.settle();
    }
    this.#isCareful = false;
    this.#feed = undefined;
    if (this.#lane.queue.waiting > 0 && !this.#lane.isNextCareful) this.wake();
  }

  /** One run of the method, to its end. Undefined when it ended as it should. */
  async #run(feed: LaneFeed): Promise<{ readonly error: unknown } | undefined> {
    this.#feed = feed;
    try {
      const outcome = this.#method(streamOf(feed));
      if (isAsyncIterable(outcome)) for await (const result of outcome) await this.#emit(result, feed);
      else await outcome;
      feed.release();
      if (!feed.isClosed) this.#lane.context.fail(this.#returned());
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #emit(result: unknown, feed: LaneFeed): Promise<void> {
    if (result !== undefined && feed.latest !== undefined) await this.#lane.agent.emit(result, feed.latest);
  }

  /**
   * Brings the events that a run failed on to an end: each is retried by further runs, and set aside when that does not help.
   * Several events that failed together are tried together first, then each alone.
   * @returns the events that a next run must still begin with
   */
  async #recover(held: readonly BatchEvent[], failure: unknown): Promise<readonly BatchEvent[]> {
    const lane = this.#lane;
    const [first] = held;
    if (first === undefined) {
      lane.context.fail(
        new AgentError(
          lane.agent.name,
          { ...lane.at, offset: lane.queue.nextOffset ?? -1 },
          { cause: failure, remedy: 'It failed before it took an event' },
        ),
      );
      lane.halt();
      return [];
    }
    const outcome = await retry(lane, first, failure, () => this.#again(held));
    if (outcome === 'abandoned') lane.halt();
    else if (outcome !== 'finished') for (const event of held) await this.#alone(event, held.length, outcome);
    return [];
  }

  async #alone(event: BatchEvent, size: number, { error, tries }: Spent): Promise<void> {
    if (this.#lane.isStopped) return;
    try {
      if (size === 1) throw error;
      await this.#again([event]);
    } catch (own) {
      if ((await setAside(this.#lane, event, own, size === 1 ? tries : tries + 1)) === 'finished') this.#lane.finish(event);
      else this.#lane.halt();
    }
  }

  /** A run on just these events. Resolves when it is done with all of them. */
  #again(events: readonly BatchEvent[]): Promise<void> {
    return this.#lane.context.outlet.carefully(async () => {
      const feed = new LaneFeed(this.#lane, events, true);
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
