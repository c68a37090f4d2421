import { caught } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import type { Spent } from './agent.js';
import type { Care } from './careful-outlet.js';
import type { Lane } from './lane.js';
import { type Again, careAfter, isAborted, isUndone, type Recovery, recover, resume, retry, setAside } from './recover.js';

/** Runs some events again that failed together. */
type AgainTogether = (events: readonly BatchEvent[], care: Care) => Promise<void>;

/** Brings the events of a lane that failed to an end: each is finished, or the lane halts and leaves it to the next owner. */
export class Failures {
  readonly #lane: Lane;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** Hands a failure to the error policy. */
  async recover(event: BatchEvent, failure: unknown, again: Again): Promise<void> {
    if (this.#lane.isAbandoned) return;
    this.end(event, await recover(this.#lane, event, failure, again));
  }

  /** The same for one that could not even be decoded. Resolves with whether it was in the end: then it is not finished, but to be handled. */
  async undecodable(event: BatchEvent, failure: unknown): Promise<boolean> {
    if (this.#lane.isAbandoned) return false;
    const spent = this.#lane.mark(event);
    let isDecoded = false;
    const again = () => {
      isDecoded = event.decodeValue();
    };
    const recovery = await (spent === undefined ? recover(this.#lane, event, failure, again) : resume(this.#lane, event, spent, again));
    if (!isDecoded) this.end(event, recovery);
    return isDecoded;
  }

  /** Goes on with the retries of an event where they had come to. */
  async resume(event: BatchEvent, spent: Spent, again: Again): Promise<void> {
    if (this.#lane.isAbandoned) return;
    this.end(event, await resume(this.#lane, event, spent, again));
  }

  /**
   * Brings events that failed together to an end: retried together first; when that does not help each alone, so that only those that fail by
   * themselves are set aside.
   */
  async recoverTogether(events: readonly BatchEvent[], failure: unknown, again: AgainTogether): Promise<void> {
    if (this.#lane.isAbandoned) return;
    const outcome = await retry(this.#lane, events[0], failure, (care) => again(events, care), events.length);
    if (outcome === 'abandoned') this.#giveUp(events, failure);
    else if (outcome === 'finished') for (const event of events) this.#lane.finish(event);
    else for (const event of events) await this.#alone(event, events.length, outcome, again);
  }

  /** If their transaction is undone, each runs alone next time, and no tries count that were made together. */
  #giveUp(events: readonly BatchEvent[], error: unknown): void {
    if (events.length > 1) this.#lane.context.tried.note(this.#lane.agent.name, events[events.length - 1], { tries: 0, error });
    this.#lane.halt();
  }

  async #alone(event: BatchEvent, size: number, spent: Spent, again: AgainTogether): Promise<void> {
    if (this.#lane.rest.isStopped) return;
    if (size === 1) return this.end(event, await setAside(this.#lane, event, spent.error, spent.tries));
    let { error } = spent;
    do {
      event.mark = this.#lane.outputs.soFar;
      try {
        await again([event], careAfter(error));
        return this.#lane.finish(event);
      } catch (own) {
        error = caught(own);
      }
    } while (this.#lane.context.outlet.refusals.isInDoubt(error) && !this.#lane.rest.isStopped);
    if (this.#lane.isAbandoned) return;
    const own = isAborted(this.#lane, error) ? undefined : { tries: spent.tries + 1, error };
    this.end(event, isUndone(this.#lane, event, error, own) ? 'abandoned' : await setAside(this.#lane, event, error, spent.tries + 1));
  }

  /** Does with an event what its recovery has come to. */
  end(event: BatchEvent, recovery: Recovery): void {
    if (recovery === 'finished') this.#lane.finish(event);
    else this.#lane.halt();
  }
}
