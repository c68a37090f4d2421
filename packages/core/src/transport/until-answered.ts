import { TransportError } from '../errors/index.js';
import type { Clock } from '../time/index.js';

/** How long it is waited before a broker that does not answer is asked again. */
const againMs = 1_000;

/** What happens while no broker answers. */
export interface Unanswered {
  /** Told of each refusal, before the wait. */
  readonly refused?: (error: TransportError, isFirst: boolean) => void;
  /** Called after each wait. What it throws gives up. */
  readonly goesOn?: () => void;
}

/** Asks again while no broker answers. Rejects with what is not retriable. */
export async function untilAnswered<T>(ask: () => Promise<T>, clock: Clock, { refused, goesOn }: Unanswered = {}): Promise<T> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TransportError && error.retriable)) throw error;
      refused?.(error, isFirst);
      await clock.sleep(againMs);
      goesOn?.();
    }
  }
}
