import type { Clock } from '@weir/core/time';
import { called, type DriverConsumer, type DriverMessage } from './driver-types.js';
import { Signal } from './signal.js';

const serveMs = 100;
const graceMs = 5;

export interface FetcherOptions {
  readonly clock: Clock;
  /** Told of what the client reports instead of messages. */
  readonly failed: (error: unknown) => void;
}

/**
 * Takes messages from the driver. What serves rebalances, commits and errors is the same call that takes messages, so
 * somebody has to make it at all times: the caller's `poll`, or `serve` while nobody polls.
 */
export class Fetcher {
  /** Raised when the client has something, or when a wait shall end. */
  readonly arrivals: Signal;
  readonly #options: FetcherOptions;
  #consumer: DriverConsumer | undefined;
  #inFlight: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.arrivals = new Signal(options.clock);
  }

  use(consumer: DriverConsumer): void {
    consumer.setDefaultConsumeTimeout(0);
    this.#consumer = consumer;
  }

  close(): void {
    this.#isClosed = true;
    this.arrivals.raise();
  }

  /** Whatever is there, at most `max`. Calls go one after the other: two at a time could overtake each other. */
  fetch(max: number): Promise<DriverMessage[]> {
    return this.exclusively(() => this.#consume(max));
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
  async serve(isNeeded: () => boolean, keep: (messages: DriverMessage[]) => boolean): Promise<void> {
    // A caller that polls in a loop is back before that.
    await this.#options.clock.sleep(graceMs);
    while (isNeeded() && !this.#isClosed) {
      this.arrivals.lower();
      const messages = await this.fetch(1);
      // Where many messages wait, only the clock paces us: they stay with the client.
      const mayGoOn = messages.length > 0 && keep(messages);
      if (!mayGoOn && isNeeded()) await this.arrivals.wait(serveMs);
    }
  }

  async #consume(max: number): Promise<DriverMessage[]> {
    const consumer = this.#consumer;
    if (this.#isClosed || consumer === undefined) return [];
    try {
      return await called<DriverMessage[]>((done) => consumer.consume(max, done));
    } catch (error) {
      // There may be more behind it, and no wake-up comes for what was there before.
      this.arrivals.raise();
      this.#options.failed(error);
      return [];
    }
  }
}
