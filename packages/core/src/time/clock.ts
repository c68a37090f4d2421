/** The clock as a port: everything that waits or reads the time does it here, so that a test can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Calls `due` once after `ms`, however long that is. Cancelling after it fired does nothing. */
  after(ms: number, due: () => void): Cancel;
  /** Resolves after `ms`; rejects with the signal's reason when that is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Takes back what was scheduled. */
export type Cancel = () => void;

/** Resolves after `ms` on any clock that can schedule. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
    return undefined;
  });
}

/** What a timer of Node can wait, in milliseconds: it holds 31 bits, and what is longer is due at once. */
const longestMs = 2 ** 31 - 1;

/** The machine's clock. A wait that is longer than a timer of Node can be comes in pieces. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  after(ms: number, due: () => void): Cancel {
    if (ms <= longestMs) {
      const timer = setTimeout(due, ms);
      return () => clearTimeout(timer);
    }
    let cancel: Cancel = () => clearTimeout(piece);
    const piece = setTimeout(() => {
      cancel = this.after(ms - longestMs, due);
    }, longestMs);
    return () => cancel();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }
}
