import type { WorkerEvents, WorkerObserver } from '@weir/core/internal/observers';
import { formatPosition } from '@weir/core/internal/positions';
import type { Cancel, Clock } from '@weir/core/internal/time';
import type { Logger } from 'pino';
import { type RecoveryState, recoveryBar, recoveryLine } from './recovery-format.js';
import type { StatusLine } from './status-line.js';

/** How often a worker tells of each changelog. */
const roundMs = 1_000;
/** After so long without a word nothing is recovered any more. */
const quietMs = 2 * roundMs;
/** How often a line is logged. */
const logMs = 5_000;

/** Where it is shown how far a recovery is. */
export interface RecoveryDisplay {
  update(state: RecoveryState, now: number): void;
  end(): void;
}

type Recovering = WorkerEvents['recovering'];

/** Sums up what a worker tells of its changelogs, and shows it once a round. */
export class RecoveryProgress implements WorkerObserver {
  readonly #display: RecoveryDisplay;
  readonly #clock: Clock;
  /** What was told last of each changelog, of those that are read to their ends, too. */
  readonly #told = new Map<string, Recovering>();
  readonly #round = new Map<string, Recovering>();
  #before: { readonly at: number; readonly read: number } | undefined;
  #cancel: Cancel = () => {};

  constructor(display: RecoveryDisplay, clock: Clock) {
    this.#display = display;
    this.#clock = clock;
  }

  recovering(event: Recovering): void {
    // All of a round come in one turn.
    if (this.#round.size === 0) queueMicrotask(() => this.#show());
    this.#round.set(formatPosition(event), event);
  }

  ready(): void {
    this.#end();
  }

  stopped(): void {
    this.#end();
  }

  #show(): void {
    const now = this.#clock.now();
    const round = [...this.#round.values()];
    for (const [at, event] of this.#round) this.#told.set(at, event);
    this.#round.clear();
    const read = sum([...this.#told.values()].map(({ entries }) => entries));
    const { at, read: readBefore } = this.#before ?? { at: now - roundMs, read: 0 };
    const perSecond = now > at ? ((read - readBefore) * 1_000) / (now - at) : 0;
    const waiting = round.find(({ waitingFor }) => waitingFor !== undefined);
    this.#before = { at: now, read };
    this.#display.update(
      {
        ...{ partitions: round.length, read, perSecond },
        remaining: sum(round.map(({ position, end }) => Math.max(0, end - Math.max(0, position)))),
        ...(waiting?.waitingFor && { waiting: { for: waiting.waitingFor, at: formatPosition(waiting) } }),
      },
      now,
    );
    this.#cancel();
    this.#cancel = this.#clock.after(quietMs, () => this.#end());
  }

  #end(): void {
    this.#cancel();
    this.#told.clear();
    this.#before = undefined;
    this.#display.end();
  }
}

/** On a terminal. */
export function progressBar(line: StatusLine): RecoveryDisplay {
  return { update: (state) => line.show(recoveryBar(state, line.columns)), end: () => line.show('') };
}

/** In the log. */
export function progressLog(logger: Logger): RecoveryDisplay {
  let saidAt: number | undefined;
  return {
    update: (state, now) => {
      saidAt ??= now - roundMs;
      if (now - saidAt < logMs) return;
      saidAt = now;
      logger.info(state, recoveryLine(state));
    },
    end: () => {
      saidAt = undefined;
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
