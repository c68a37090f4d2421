import type { Logger } from 'pino';
import { reason } from '../errors/index.js';
import type { Recovery } from '../recovery/index.js';
import { type Clock, inRounds } from '../time/index.js';
import type { Batch } from '../transport/index.js';
import type { Shard } from './shard.js';
import { Slices } from './slices.js';

/** How often it is looked whether a log begins later than before. */
const lookMs = 60 * 60 * 1000;

export interface RetentionParts {
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when something was taken out. */
  readonly changed: () => void;
}

/**
 * Takes out of a shard what the log of others has lost to its retention: a shard that is recovered now would not have it. Which keys are still there is read from
 * the log, and only when its beginning has moved.
 */
export class Retention {
  readonly #shard: Shard;
  readonly #parts: RetentionParts;
  readonly #signal: AbortSignal;
  #low: number;
  /** The keys that the log has, while they are being collected. */
  #there: Set<string> | undefined;

  /** @param low where the log began when the shard was recovered @param signal aborted when it is given up */
  constructor(shard: Shard, low: number, signal: AbortSignal, parts: RetentionParts) {
    this.#shard = shard;
    this.#low = low;
    this.#signal = signal;
    this.#parts = parts;
    if (signal.aborted) return;
    signal.addEventListener(
      'abort',
      inRounds(parts.clock, lookMs, () => this.#lookAgain()),
      { once: true },
    );
  }

  /** Messages have come that the shard takes in: their keys are there. */
  note(batch: Batch): void {
    if (this.#there === undefined) return;
    for (let index = 0; index < batch.length; index++) {
      const key = this.#shard.format.cellKeyAt(batch, index);
      if (key !== undefined) this.#there.add(key);
    }
  }

  #lookAgain(): Promise<void> {
    return this.#look().catch((error: unknown) => {
      this.#there = undefined;
      if (!this.#signal.aborted)
        this.#parts.logger.warn({ error: reason(error) }, 'cannot tell what retention has taken; asked again later');
    });
  }

  async #look(): Promise<void> {
    const { changelog } = this.#shard;
    const [{ low, stable }] = await this.#parts.recovery.ends([changelog], this.#signal);
    if (low <= this.#low) return;
    this.#there = new Set();
    const take = (batch: Batch) => this.note(batch);
    if (stable > low) await this.#parts.recovery.read({ ...changelog, from: low, to: stable, take }, this.#signal);
    await this.#keepOnly(this.#there);
    this.#there = undefined;
    this.#low = low;
    if (this.#shard.stored !== undefined) this.#shard.stored.low = low;
    this.#parts.changed();
  }

  /** What comes meanwhile is noted before it is taken in. */
  async #keepOnly(there: ReadonlySet<string>): Promise<void> {
    const slices = new Slices();
    const look = async (key: string): Promise<void> => {
      if (!there.has(key)) this.#shard.forget(key);
      if (slices.isOver()) await slices.next();
    };
    for (const { key } of [...this.#shard.cells()]) await look(key);
    for await (const some of this.#shard.stored?.entries(undefined) ?? [])
      for (const [bytes] of some) await look(this.#shard.format.cellKeyOf(bytes));
  }
}
