import type { Logger } from 'pino';
import type { Latest } from '../agents/index.js';
import { formatPosition, type Position } from '../errors/index.js';
import { type Cancel, type Clock, formatMs } from '../time/index.js';

const lookMs = 1_000;
/** Longer than any synchronous work that is meant: the poll loop, heartbeats of timers and everybody else wait for it. */
const blockedMs = 5_000;

export interface ThreadWatchParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The event that a handler was given last. */
  readonly latest: () => (Position & { readonly agent: string }) | undefined;
}

/** Says who kept the thread to himself, so that nothing else ran. It can only be said afterwards. */
export class ThreadWatch {
  readonly #parts: ThreadWatchParts;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(parts: ThreadWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts;
    const dueAt = clock.now() + lookMs;
    this.#cancel = clock.after(lookMs, () => {
      const lateMs = clock.now() - dueAt;
      if (lateMs >= blockedMs) this.#report(lateMs);
      this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #report(lateMs: number): void {
    const latest = this.#parts.latest();
    const who = latest === undefined ? '' : `; the event begun last was ${formatPosition(latest)}, by ${latest.agent}`;
    this.#parts.logger.error(
      { lateMs, latest },
      `the thread was blocked for ${formatMs(lateMs)}: no handler, timer or poll could run${who}. Give it back in between, or move such work to a worker thread`,
    );
  }
}

/** What the lane that was given an event last is called, and where the event stands. */
export function latestEvent({ lane }: Latest): (Position & { readonly agent: string }) | undefined {
  const offset = lane?.tracker.latest;
  if (lane === undefined || offset === undefined) return undefined;
  return { topic: lane.at.topic, partition: lane.at.partition, offset, agent: lane.agent.name };
}
