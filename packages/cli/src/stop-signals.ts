import type { Worker } from '@weir/core/app';
import { failed } from './failure.js';
import type { Shell } from './shell.js';

/** SIGINT and SIGTERM for a worker: the first stops it in order, also while it is starting; the second ends the process at once. */
export class StopSignals {
  readonly #shell: Shell;
  readonly #end: () => void;
  #worker: Worker | undefined;
  #heard = 0;
  #first!: () => void;
  readonly #stopped = new Promise<undefined>((resolve) => {
    this.#first = () => resolve(undefined);
  });

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#end = shell.interrupts.listen(() => this.#hear());
  }

  /** The worker to be stopped; at once, if the signal has come already. */
  stops(worker: Worker): void {
    this.#worker = worker;
    if (this.#heard > 0) void worker.stop();
  }

  /** What a promise gives, or undefined when the first signal comes before. */
  unlessStopped<T>(promise: Promise<T>): Promise<T | undefined> {
    return Promise.race([promise, this.#stopped]);
  }

  end(): void {
    this.#end();
  }

  #hear(): void {
    this.#heard++;
    this.#first();
    if (this.#heard === 1) return void this.#worker?.stop();
    const { err } = this.#shell;
    const running = this.#worker?.stream.running() ?? [];
    const what = running.length === 0 ? 'nothing was running' : `abandoned: ${running.join('; ')}`;
    err.write(`stopped at the second signal; ${what}. What is not committed runs again after the restart\n`);
    this.#shell.exit(failed);
  }
}

/** Calls `ended` at the first signal. For commands that run until Ctrl-C. */
export function untilInterrupted(shell: Shell): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const end = shell.interrupts.listen(() => controller.abort());
  return { signal: controller.signal, end };
}
