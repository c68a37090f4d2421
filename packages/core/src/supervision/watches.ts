import type { RecentEvents } from '../lanes/index.js';
import { ThreadGuard } from './thread-guard.js';
import { ThreadWatch } from './thread-watch.js';
import { Watchdog, type WatchdogParts } from './watchdog.js';

/** By how much a blocked thread may exceed the time for a stop. */
const graceMs = 5_000;

export interface WatchesParts extends WatchdogParts {
  /** How long the thread may be blocked before the process is ended, in milliseconds. */
  readonly endBlockedMs: number;
  readonly recent: RecentEvents;
  /** Whether the process is there for the worker, and not for tests. */
  readonly hasProcess: boolean;
  /** Files that tell by their time that the worker is alive. */
  readonly notes: readonly string[] | undefined;
}

/** What looks after a worker that runs: partitions that stand still, and handlers that keep the thread to themselves. */
export class Watches {
  readonly #watchdog: Watchdog;
  readonly #threadWatch: ThreadWatch;
  readonly #threadGuard: ThreadGuard | undefined;

  constructor(parts: WatchesParts) {
    const { clock, logger, recent, endBlockedMs, hasProcess, notes } = parts;
    this.#watchdog = new Watchdog(parts);
    this.#watchdog.start();
    this.#threadWatch = new ThreadWatch({ clock, logger, suspects: () => recent.sinceLastLook(), cpuMs });
    this.#threadWatch.start();
    if (hasProcess) this.#threadGuard = new ThreadGuard({ recent, logger, notes, limitMs: endBlockedMs });
  }

  /** The worker is stopping, within a time: nobody else would end a process then whose thread is blocked. */
  stop(ms: number): void {
    this.#watchdog.stop();
    this.#threadWatch.stop();
    this.#threadGuard?.limit(ms + graceMs);
  }

  end(): void {
    this.#threadGuard?.stop();
  }
}

/** Of all threads: those of the Kafka client do little while this one stands still. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
