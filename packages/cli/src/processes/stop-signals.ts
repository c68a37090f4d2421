import type { Worker } from '@weir/core/internal/app';
import { type Cancel, formatMs } from '@weir/core/internal/time';
import { failed } from '../failure.js';
import type { Shell } from '../shell.js';

/**
 * SIGINT and SIGTERM for a worker: the first stops it in order, also while it is starting, within its time for a stop; the second ends the process at once.
 */
export class StopSignals {
  readonly #shell: Shell;
  readonly #limitMs: number;
  readonly #end: () => void;
  readonly #first = new AbortController();
  #worker: Worker | undefined;
  #cancelLimit: Cancel = () => {};

  /** @param limitMs how long a worker that has not started may take to give up what it has begun */
  constructor(shell: Shell, limitMs: number) {
    this.#shell = shell;
    this.#limitMs = limitMs;
    this.#end = shell.interrupts.listen(() => this.#hear());
  }

  /** Aborted by the first one. */
  get signal(): AbortSignal {
    return this.#first.signal;
  }

  /** The worker to be stopped; at once, if the signal has come already. From here on it keeps to its time by itself. */
  stops(worker: Worker): void {
    this.#worker = worker;
    this.#cancelLimit();
    if (this.signal.aborted) void worker.stop();
  }

  end(): void {
    this.#cancelLimit();
    this.#end();
  }

  #hear(): void {
    if (this.signal.aborted) this.#endNow();
    else if (this.#worker === undefined) this.#limitStart();
    else void this.#worker.stop();
    this.#first.abort();
  }

  #limitStart(): void {
    const shell = this.#shell;
    this.#cancelLimit = shell.clock.after(this.#limitMs, () => {
      const what = 'it was still starting: the connection, a constructor or an @OnStart does not come to an end';
      shell.err.write(`not stopped within ${formatMs(this.#limitMs)} of being asked to, and ended; ${what}\n`);
      shell.exit(failed);
    });
  }

  #endNow(): void {
    const { err } = this.#shell;
    const running = this.#worker?.stream.running() ?? [];
    const what = running.length === 0 ? 'nothing was running' : `abandoned: ${running.join('; ')}`;
    err.write(`stopped at the second signal; ${what}. What is not committed runs again after the restart\n`);
    this.#shell.exit(failed);
  }
}

/** What a promise gives, or undefined when the signal is aborted before: then what it gives is for nobody. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let abort = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => resolve(undefined);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  promise.catch(() => undefined);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

/** Calls `ended` at the first signal. For commands that run until Ctrl-C. */
export function untilInterrupted(shell: Shell): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const end = shell.interrupts.listen(() => controller.abort());
  return { signal: controller.signal, end };
}
