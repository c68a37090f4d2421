import { LifecycleError } from '../../errors/index.js';
import { Breather } from './breather.js';
import type { Cluster } from './cluster.js';
import { Waiting } from './waiting.js';

/** After how many polls the event loop runs once. */
const breathEvery = 32;

/** The polls of one client: one at a time. */
export class Polls {
  readonly #cluster: Pick<Cluster, 'activity' | 'clock' | 'pollWaitMs'>;
  readonly #breather = new Breather(breathEvery);
  #waiting: Waiting | undefined;

  constructor(cluster: Pick<Cluster, 'activity' | 'clock' | 'pollWaitMs'>) {
    this.#cluster = cluster;
  }

  /** @throws LifecycleError while another one waits */
  async poll<T>(next: (waiting: Waiting) => Promise<T>): Promise<T> {
    if (this.#waiting !== undefined) throw new LifecycleError('poll was called while another poll waits');
    const { activity, clock, pollWaitMs } = this.#cluster;
    const waiting = new Waiting(activity, clock, pollWaitMs);
    this.#waiting = waiting;
    try {
      await this.#breather.breathe();
      return await next(waiting);
    } finally {
      this.#waiting = undefined;
      waiting.close();
    }
  }

  /** Ends the one that waits. */
  wake(): void {
    this.#waiting?.end();
  }

  /** The one that waits looks again, though nothing has happened. */
  interrupt(): void {
    this.#waiting?.interrupt();
  }
}
