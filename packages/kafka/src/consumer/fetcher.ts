import type { Clock } from '@weir/core/internal/time';
import type { Batch } from '@weir/core/internal/transport';
import { Signal } from './signal.js';
import type { Source } from './source.js';

const serveMs = 100;
const graceMs = 5;

export interface FetcherOptions {
  readonly clock: Clock;
  /** Told of what the client reports instead of messages. */
  readonly failed: (error: unknown) => void;
}

/**
 * Takes messages from the client. What serves rebalances, commits and errors is the same call that takes messages, so
 * somebody has to make it at all times: the caller's `poll`, or `serve` while nobody polls.
 */
export class Fetcher {
  /** Raised when the client has something, or when a wait shall end. */
  readonly arrivals: Signal;
  readonly #options: FetcherOptions;
  #source: Source | undefined;
  #inFlight: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.arrivals = new Signal(options.clock);
  }

  use(source: Source): void {
    this.#source = source;
  }

  close(): void {
    this.#isClosed = true;
    this.arrivals.raise();
  }

  /** Whatever is there, at most `max`. Calls go one after the other: two at a time could overtake each other. */
  fetch(max: number): Promise<readonly Batch[]> {
    return this.exclusively(() => this.#take(max));
  }

  /** Runs when no message is on its way to us, and lets none come before it has finished. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#inFlight.then(work);
    this.#inFlight = result.catch(() => undefined);
    return result;
  }

  /** Resolves when what is on its way to us has come. */
  async settled(): Promise<void> {
    await this.#inFlight;
  }

  /** Serves the client for as long as `isNeeded`, giving the few messages that come along to `keep`. */
  async serve(isNeeded: () => boolean, keep: (batches: readonly Batch[]) => boolean): Promise<void> {
    // A caller that polls in a loop is back before that.
    await this.#options.clock.sleep(graceMs);
    while (isNeeded() && !this.#isClosed) {
      this.arrivals.lower();
      const batches = await this.fetch(1);
      // Where many messages wait, only the clock paces us: they stay with the client.
      const mayGoOn = batches.length > 0 && keep(batches);
      if (!mayGoOn && isNeeded()) await this.arrivals.wait(serveMs);
    }
  }

  async #take(max: number): Promise<readonly Batch[]> {
    if (this.#isClosed || this.#source === undefined) return [];
    return this.#source.take(max, (error) => {
      // There may be more behind it, and no wake-up comes for what was there before.
      this.arrivals.raise();
      this.#options.failed(error);
    });
  }
}
