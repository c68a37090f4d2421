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
 * Has the client read on after a rebalance. While it waits for an answer librdkafka (2.15) pauses everything, and where it goes on the thread of each broker
 * sleeps until its next tick: partitions that stay stand still for up to a second. A question to the leader of each wakes these threads.
 */
export class Nudge {
  readonly #options: NudgeOptions;

  constructor(options: NudgeOptions) {
    this.#options = options;
  }

  /** A rebalance was answered. */
  soon(driver: DriverConsumer): void {
    for (const ms of asksMs) this.#options.clock.after(ms, () => void this.#ask(driver));
  }

  async #ask(driver: DriverConsumer): Promise<void> {
    const partitions = this.#options.partitions();
    if (partitions.length === 0 || !driver.isConnected()) return;
    try {
      await endsOf(driver, partitions, 'end');
    } catch (thrown) {
      this.#options.logger.debug({ err: thrown }, `the client was not woken after a rebalance: ${reason(thrown)}`);
    }
  }
}
