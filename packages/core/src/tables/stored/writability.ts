import type { Logger } from 'pino';
import { reason, StateError } from '../../errors/index.js';
import { type Clock, formatMs } from '../../time/index.js';

/** How long it waits after the first refusal, in milliseconds, and at most; each time twice as long. */
const firstMs = 250;
const mostMs = 5_000;

export interface WritabilityParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For how long writes may be refused, in milliseconds. */
  readonly stallMs: number;
  /** Whether it takes no more writes, however often one is tried. */
  readonly isOver: () => boolean;
}

/** Writes to a store that may refuse for a while: its disk is full. */
export class Writability {
  readonly #parts: WritabilityParts;
  #isGivenUp = false;
  #waited: () => void = () => {};

  constructor(parts: WritabilityParts) {
    this.#parts = parts;
  }

  /**
   * Writes until it succeeds.
   * @throws what it was refused with last, when that goes on for too long; at once what is no `STORE_FAILED`, or stays so
   */
  async write(write: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#parts;
    const since = clock.now();
    for (let waitMs = firstMs, refused = 0; ; waitMs = Math.min(2 * waitMs, mostMs), refused++) {
      try {
        await write();
        if (refused > 0) logger.warn(`the store can be written again after ${formatMs(clock.now() - since)}`);
        return;
      } catch (error) {
        if (!this.#mayTryAgain(error, since)) throw error;
        if (refused === 0) logger.error({ error: reason(error) }, this.#said());
      }
      await this.#wait(waitMs);
    }
  }

  #mayTryAgain(error: unknown, since: number): boolean {
    if (this.#isGivenUp || !(error instanceof StateError) || error.code !== 'STORE_FAILED') return false;
    const { clock, stallMs, isOver } = this.#parts;
    return !isOver() && clock.now() - since < stallMs;
  }

  #said(): string {
    const until = `trying again for ${formatMs(this.#parts.stallMs)}, then the worker ends, and sooner where it has to be opened again`;
    return `the store cannot be written: ${until}. Events go on while memory has room for what they change; nothing is lost`;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      this.#waited = () => {
        cancel();
        resolve();
      };
    });
  }

  /** From now on nothing is tried twice. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#waited();
  }
}
