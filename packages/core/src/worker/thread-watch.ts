import type { Logger } from 'pino';
import type { BegunEvent } from '../agents/index.js';
import { formatPosition } from '../errors/index.js';
import { type Cancel, type Clock, formatMs } from '../time/index.js';

const lookMs = 1_000;
/** Longer than any synchronous work that is meant: the poll loop, heartbeats of timers and everybody else wait for it. */
const blockedMs = 5_000;

export interface ThreadWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The events that handlers were given since this was asked last, or those of which one kept the thread. */
  readonly suspects: () => readonly BegunEvent[];
}

/** Says who kept the thread to himself, so that nothing else ran. It can only be said afterwards. */
export class ThreadWatch {
  readonly #parts: ThreadWatchParts;
  #cancel: Cancel = () => {};
  #isStopped = false;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(parts: ThreadWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts;
    this.#dueAt = clock.now() + lookMs;
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
    if (lateMs >= blockedMs) this.#report(lateMs, suspects);
  }

  #report(lateMs: number, suspects: readonly BegunEvent[]): void {
    const who = suspects.map((event) => `${event.agent} on ${formatPosition(event)}`);
    const named = who.length === 0 ? '' : ` It was ${who.length === 1 ? who[0] : `one of these, in their order: ${who.join(', ')}`}.`;
    this.#parts.logger.error(
      { lateMs, suspects },
      `the thread was blocked for ${formatMs(lateMs)}: no handler, timer or poll could run.${named} Give it back in between, or move such work to a worker thread`,
    );
  }
}
