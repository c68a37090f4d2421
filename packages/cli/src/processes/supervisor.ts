import { type Cancel, type Clock, formatMs } from '@weir/core/internal/time';
import type { Logger } from 'pino';
import { done, failed, misused, misusedBelow } from '../failure.js';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<Ending>;
  /** Asks it to stop in order. */
  stop(): void;
  /** Ends it on the spot. */
  kill(): void;
}

export interface SupervisorOptions {
  readonly count: number;
  /** Starts the worker of a number, counted from 1. */
  readonly fork: (number: number) => WorkerProcess;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a worker may take that was asked to stop, in milliseconds. It keeps to its own limit before, unless its thread is blocked. */
  readonly stopMs: number;
}

const firstWaitMs = 1_000;
const longestWaitMs = 30_000;
/** A worker that has run for so long is taken to be sound: its next end is a new one. */
const soundMs = 60_000;

/** Keeps a number of workers running: one that ends by itself is started again, after a wait that grows while it keeps ending. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<number, WorkerProcess>();
  readonly #stopping = new AbortController();
  #exitCode = done;
  #cancelKill: Cancel = () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves with the exit code when every worker has ended. */
  async run(): Promise<number> {
    const { count } = this.#options;
    await Promise.all(Array.from({ length: count }, (_, index) => this.#keep(index + 1)));
    this.#cancelKill();
    return this.#exitCode;
  }

  /** Asks every worker to stop in order, and starts none again. */
  stop(): void {
    const { clock, logger, stopMs } = this.#options;
    this.#stopping.abort();
    for (const worker of this.#running.values()) worker.stop();
    this.#cancelKill();
    this.#cancelKill = clock.after(stopMs, () => {
      const late = [...this.#running.keys()].join(', ');
      logger.error(`not stopped within ${formatMs(stopMs)}, and ended: worker ${late}`);
      this.kill();
    });
  }

  /** Ends every worker on the spot. */
  kill(): void {
    this.#stopping.abort();
    for (const worker of this.#running.values()) worker.kill();
  }

  async #keep(number: number): Promise<void> {
    const { clock } = this.#options;
    let waitMs = firstWaitMs;
    while (!this.#isStopping) {
      const began = clock.now();
      const ending = await this.#once(number);
      if (this.#isStopping) return this.#note(number, ending);
      // The command line is the same every time.
      if (ending.code === misusedBelow) return this.#giveUp(misused);
      if (clock.now() - began >= soundMs) waitMs = firstWaitMs;
      this.#options.logger.error({ worker: number, ...ending }, `worker ${number} ${told(ending)}; it starts again in ${formatMs(waitMs)}`);
      await clock.sleep(waitMs, this.#stopping.signal).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  async #once(number: number): Promise<Ending> {
    const worker = this.#options.fork(number);
    this.#running.set(number, worker);
    this.#options.logger.info({ worker: number, pid: worker.pid }, `worker ${number} started`);
    const ending = await worker.ended;
    this.#running.delete(number);
    return ending;
  }

  /** A worker that was asked to stop and did not end in order has left something behind: the exit code says so. */
  #note(number: number, ending: Ending): void {
    if (ending.code === done) return;
    this.#options.logger.error({ worker: number, ...ending }, `worker ${number} ${told(ending)}`);
    this.#exitCode ||= failed;
  }

  #giveUp(code: number): void {
    this.#exitCode = code;
    this.stop();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

function told({ code, signal }: Ending): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
