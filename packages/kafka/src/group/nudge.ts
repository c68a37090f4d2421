import { reason } from '@weir/core/internal/errors';
import type { TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';
import { endsOf } from '../driver/offsets.js';

/** When the client is asked: at once most often, and once more where it had not come so far. */
const asksMs = [5, 30];

export interface NudgeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is read. */
  readonly partitions: () => readonly TopicPartition[];
}

/**
 * Has the client read on after a rebalance, for the time of which librdkafka (2.15) pauses everything, and after a pause of ours. Where it goes on, the thread of each
 * broker from which nothing was read sleeps until its next tick, for up to a second. A question to the leader of each partition wakes these threads.
 */
export class Nudge {
  readonly #options: NudgeOptions;
  #isDue = false;
  /** Whether partitions went on while questions were due. */
  #isDueAgain = false;

  constructor(options: NudgeOptions) {
    this.#options = options;
  }

  /** A rebalance was answered, or partitions go on. */
  soon(driver: DriverConsumer): void {
    if (this.#isDue) {
      this.#isDueAgain = true;
      return;
    }
    this.#isDue = true;
    for (const ms of asksMs) this.#options.clock.after(ms, () => void this.#ask(driver));
    this.#options.clock.after(Math.max(...asksMs), () => this.#end(driver));
  }

  #end(driver: DriverConsumer): void {
    const isDueAgain = this.#isDueAgain;
    this.#isDue = false;
    this.#isDueAgain = false;
    if (isDueAgain) this.soon(driver);
  }

  async #ask(driver: DriverConsumer): Promise<void> {
    const partitions = this.#options.partitions();
    if (partitions.length === 0 || !driver.isConnected()) return;
    try {
      await endsOf(driver, partitions, 'end');
    } catch (thrown) {
      this.#options.logger.debug({ err: thrown }, `the client was not woken: ${reason(thrown)}`);
    }
  }
}
