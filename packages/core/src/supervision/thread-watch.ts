import type { Logger } from 'pino';
import type { RecentEvent } from '../lanes/index.js';
import { formatPosition } from '../positions/index.js';
import { type Cancel, type Clock, formatMs } from '../time/index.js';

const lookMs = 1_000;
/** Longer than any synchronous work that is meant: the poll loop, heartbeats of timers and everybody else wait for it. */
const blockedMs = 5_000;

/** A process that has used less of the time was not busy with it. */
const IDLE_SHARE = 0.1;

export interface ThreadWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The events that handlers were given since this was asked last, or those of which one kept the thread. */
  readonly suspects: () => readonly RecentEvent[];
  /** Milliseconds of processor that this process has used. */
  readonly cpuMs: () => number;
}

/** Says who kept the thread to himself, so that nothing else ran. It can only be said afterwards. */
export class ThreadWatch {
  readonly #parts: ThreadWatchParts;
  #cancel: Cancel = () => {};
  #isStopped = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #cpuMs = 0;

  constructor(parts: ThreadWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts;
    this.#dueAt = clock.now() + lookMs;
    this.#cpuMs = this.#parts.cpuMs();
    this.#cancel = clock.after(lookMs, () => {
      this.#look();
      this.start();
    });
  }

  /** Whatever made the worker stop may have been what kept the thread. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancel();
    this.#look();
  }

  #look(): void {
    const lateMs = this.#parts.clock.now() - this.#dueAt;
    const suspects = this.#parts.suspects();
    if (lateMs < blockedMs) return;
    const who = suspects.map((event) => `${event.agent} on ${formatPosition(event)}`);
    const one = who.length > 1 ? `one of these, in their order: ${who.join(', ')}` : who[0];
    const isIdle = this.#parts.cpuMs() - this.#cpuMs < lateMs * IDLE_SHARE;
    this.#parts.logger.error({ lateMs, suspects }, isIdle ? halted(lateMs, one) : blocked(lateMs, one));
  }
}

function blocked(ms: number, by: string | undefined): string {
  const named = by === undefined ? '' : ` It was ${by}.`;
  return `the thread was blocked for ${formatMs(ms)}: no handler, timer or poll could run.${named} Give it back in between, or move such work to a worker thread`;
}

function halted(ms: number, by: string | undefined): string {
  const named = by === undefined ? '' : `; unless a handler waited without giving the thread back: ${by}`;
  return `the process stood still for ${formatMs(ms)} and used no processor: it was halted, or its machine was${named}`;
}
