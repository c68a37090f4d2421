import type { BoundAgent } from '../agents/index.js';
import { AgentError } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import { type Clock, formatMs } from '../time/index.js';

/** The signals of a lane's events: aborted when a run is out of its time, or the lane is given up. Each is made when it is first read. */
export class Signals {
  readonly #agent: BoundAgent;
  readonly #clock: Clock;
  readonly #controllers = new Map<BatchEvent, AbortController>();
  #abandonedFor: Error | undefined;

  constructor(agent: BoundAgent, clock: Clock) {
    this.#agent = agent;
    this.#clock = clock;
  }

  /** Whether the lane was given up. */
  get areAbandoned(): boolean {
    return this.#abandonedFor !== undefined;
  }

  of(event: BatchEvent): AbortSignal {
    let controller = this.#controllers.get(event);
    if (controller === undefined) {
      controller = new AbortController();
      if (this.#abandonedFor !== undefined) controller.abort(this.#abandonedFor);
      this.#controllers.set(event, controller);
    }
    return controller.signal;
  }

  /** The run of an event is over. Called for every event, and hardly any has a signal. */
  forget(event: BatchEvent): void {
    if (this.#controllers.size > 0) this.#controllers.delete(event);
  }

  /** Limits a run to the agent's `handlerTimeout`, after which the events' signal is aborted and the run counts as failed. */
  within<T>(events: readonly BatchEvent[], outcome: PromiseLike<T>): Promise<T> {
    const limitMs = this.#agent.handlerTimeoutMs;
    if (limitMs === 0) return Promise.resolve(outcome);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(limitMs, () => {
        const late = new AgentError(this.#agent.name, events[0].position, {
          cause: `still running after ${formatMs(limitMs)}`,
          code: 'HANDLER_TIMEOUT',
        });
        for (const event of events) this.#abort(event, late);
        reject(late);
      });
      Promise.resolve(outcome).then(resolve, reject).then(cancel, cancel);
    });
  }

  /** Aborts them all, and those that are read from now on. */
  abandon(why: Error): void {
    this.#abandonedFor ??= why;
    for (const controller of this.#controllers.values()) controller.abort(why);
  }

  /** The next run of the event has a signal of its own. */
  #abort(event: BatchEvent, why: Error): void {
    this.#controllers.get(event)?.abort(why);
    this.#controllers.delete(event);
  }
}
