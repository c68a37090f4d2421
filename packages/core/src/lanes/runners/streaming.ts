import { hasPromises, refuseSteps } from '../../agents/index.js';
import { runAs } from '../../attempts/index.js';
import { AgentError, asError } from '../../errors/index.js';
import { type BatchEvent, ExpandStage, type Pace, type Stream, streamOf } from '../../streams/index.js';
import { runAlone } from '../failures/crashing.js';
import { recoverFrom, type TryAgain } from '../failures/retry.js';
import { type Failure, failureOutside, type LaneWork } from '../lane-work.js';
import { LaneFeed } from './lane-feed.js';
import type { Runner } from './runner.js';

/** An agent that loops over its stream: one run of its method for the life of the lane, and another after each failure. */
export class Streaming implements Runner {
  readonly #work: LaneWork;
  readonly #method: (stream: Stream) => unknown;
  /** Those of `throttle`, in the order of the calls. */
  readonly #paces: Pace[] = [];
  #feed: LaneFeed | undefined;
  #isLive = false;

  constructor(work: LaneWork) {
    this.#work = work;
    this.#method = (work.agent.definition as { run(stream: Stream): unknown }).run;
  }

  get holdsBack(): boolean {
    return this.#feed?.isPausing === true;
  }

  wake(): void {
    if (this.#isLive) this.#feed?.wake();
    else void this.#live();
  }

  hurry(): void {
    this.#feed?.hurry();
  }

  /** A run on events that failed ends by itself: cut short, it would be taken for done with them. */
  stop(): void {
    if (this.#feed?.isReplay === false) this.#feed.close();
  }

  /** Runs the agent until the lane stops: again after each failure, and around events that run by themselves. */
  async #live(): Promise<void> {
    const { intake } = this.#work;
    this.#isLive = true;
    while (!this.#work.isStopped && (await (intake.hasSingleNext ? this.#singles() : this.#loop())));
    this.#isLive = false;
  }

  /** One run of the method over what comes, and the events that it fails on. False when there is nothing to be run for now. */
  async #loop(): Promise<boolean> {
    const work = this.#work;
    if (work.intake.mayHaveSingleNext) return false;
    const feed = new LaneFeed(work, this.#paces);
    const thrown = await this.#run(feed);
    this.#feed = undefined;
    const { attempt } = feed.execution;
    if (thrown === undefined) {
      // It ended in the middle of an event, which runs again elsewhere.
      if (attempt !== undefined) work.fail(attempt, 'its loop ended before it was done with the event');
      feed.leave();
      return feed.hasMadeWay;
    }
    const failure = attempt === undefined ? failureOutside(thrown.error) : work.fail(attempt, thrown.error);
    const events = feed.unfinished();
    if (events.length === 0) return this.#failedBeforeEvents(thrown.error);
    const [first] = events;
    work.enter(first);
    feed.leave();
    if ((await recoverFrom(work, events, failure, this.#again)) === 'left') work.stop();
    work.leave(first);
    return true;
  }

  /** Runs events one by one: those in isolation, and those with retries behind them. False when none may run for now. */
  async #singles(): Promise<boolean> {
    const work = this.#work;
    while (work.intake.hasSingleNext) {
      const event = work.intake.next();
      if (event === undefined) return false;
      work.enter(event);
      if ((await runAlone(work, event, this.#again)) === 'left') work.stop();
      work.leave(event);
    }
    return true;
  }

  /** One run of the method, to its end. Undefined when it ended as it should. */
  async #run(feed: LaneFeed): Promise<{ readonly error: unknown } | undefined> {
    this.#feed = feed;
    try {
      const drive = () => this.#drive(feed);
      await (this.#work.context.hasExecutions ? runAs(feed.execution, drive, undefined, undefined) : drive());
      feed.asks();
      if (!feed.isClosed) this.#work.context.fail(this.#returned());
      return undefined;
    } catch (error) {
      feed.fail();
      return { error };
    }
  }

  async #drive(feed: LaneFeed): Promise<void> {
    const { expands } = this.#work.agent;
    const outcome = this.#method(expands === undefined ? streamOf(feed) : streamOf(feed, new ExpandStage(feed, expands)));
    if (!isAsyncIterable(outcome)) return refuseSteps(await outcome, this.#work.agent.name, 'Write async *');
    for await (const result of outcome) {
      const taken = this.#emit(hasPromises(result) ? await Promise.all(result) : result, feed);
      if (taken !== undefined) await taken;
    }
  }

  #emit(result: unknown, { latest, execution }: LaneFeed): Promise<unknown> | undefined {
    if (result === undefined || latest === undefined) return undefined;
    const { agent, context } = this.#work;
    const { attempt } = execution;
    return attempt === undefined ? agent.emit(result, latest, context.outputs) : this.#work.emit(attempt, latest, result);
  }

  #failedBeforeEvents(failure: unknown): false {
    const { agent, topic, partition, intake, context } = this.#work;
    const position = { topic, partition, offset: intake.queue.nextOffset ?? -1 };
    context.fail(new AgentError(agent.name, position, { cause: failure, remedy: 'It failed before it took an event' }));
    this.#work.stop();
    return false;
  }

  readonly #again: TryAgain = (events, isIsolated) => this.#work.guarded(events, () => this.#replay(events, isIsolated));

  /** A run on just these events. They are finished when it is done with all of them. */
  async #replay(events: readonly BatchEvent[], isIsolated: boolean): Promise<Failure | undefined> {
    const work = this.#work;
    const attempt = work.beginAll(events, isIsolated);
    const feed = new LaneFeed(work, this.#paces, { events, attempt });
    const thrown = await this.#run(feed);
    feed.leave();
    if (thrown !== undefined) return work.fail(attempt, thrown.error);
    if (!feed.isClosed) return work.fail(attempt, this.#returned());
    try {
      if (isIsolated) await work.context.outputs.confirm(attempt);
      work.succeed(attempt, events);
      return undefined;
    } catch (error) {
      return work.fail(attempt, error);
    }
  }

  #returned(): AgentError {
    const { agent, topic, partition, intake } = this.#work;
    const cause = asError('its method returned while its stream was open');
    return new AgentError(
      agent.name,
      { topic, partition, offset: intake.queue.nextOffset ?? -1 },
      { cause, code: 'AGENT_RETURNED', remedy: 'Loop until the stream ends, or use @Handler' },
    );
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
