import { ConfigurationError } from '../errors/index.js';
import type { Clock } from '../time/index.js';

/** Most messages that are written in one go. */
const MOST = 500;

/** Keeps to a number of messages a second. */
export class Pace {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #begin: number;
  #count = 0;

  /** @param rate messages a second; 0 is no limit. @throws ConfigurationError */
  constructor(clock: Clock, rate: number) {
    if (!Number.isFinite(rate) || rate < 0) throw new ConfigurationError('rate', rate, 'messages a second; 0 is no limit');
    this.#clock = clock;
    this.#rate = rate;
    this.#begin = clock.now();
  }

  /** How many messages go in one go: about ten times a second some of them, so that each go takes little to be undone or waited for. */
  get size(): number {
    return this.#rate === 0 ? MOST : Math.min(MOST, Math.max(1, Math.floor(this.#rate / 10)));
  }

  /** Resolves when so many more messages may go; at once when the signal is aborted. */
  async turn(count: number, signal: AbortSignal | undefined): Promise<void> {
    const due = this.#rate === 0 ? 0 : this.#begin + (this.#count * 1_000) / this.#rate;
    this.#count += count;
    const waitMs = due - this.#clock.now();
    if (waitMs > 0 && signal?.aborted !== true) await this.#clock.sleep(waitMs, signal).catch(() => undefined);
  }
}
