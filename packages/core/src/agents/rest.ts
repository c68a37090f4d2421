import { setMaxListeners } from 'node:events';
import type { Lane } from './lane.js';
import type { Runner } from './runner.js';

/** Whether a lane may take events, and when it has come to rest. Those who wait for either are told. */
export class Rest {
  readonly #lane: Lane;
  readonly #runner: Runner;
  readonly #stopping = new AbortController();
  readonly #quiet: (() => void)[] = [];
  readonly #resumed: (() => void)[] = [];
  readonly #beginning: (() => void)[] = [];
  /** Retries that wait. */
  backOffs = 0;
  #isHeld = false;
  #isStopped = false;

  constructor(lane: Lane, runner: Runner) {
    this.#lane = lane;
    this.#runner = runner;
    // Each retry that waits listens to it.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Whether nothing is taken until `resume`. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether nothing is taken any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Aborted when the lane stops: a waiting retry is given up and its event left to the next owner. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** With exactly-once: whether no try may begin before `resumed`, not even of an event that was taken. */
  get holdsTries(): boolean {
    return this.#isHeld && !this.#isStopped && this.#lane.context.transaction !== undefined;
  }

  /** Whether all that is in flight waits for its retry. */
  get isPaused(): boolean {
    return this.#runner.isPaused ?? this.backOffs > 0;
  }

  /** The same where such tries may not begin. Those before have sent nothing, or their transaction would be undone. */
  get isBetweenTries(): boolean {
    return this.holdsTries && this.isPaused;
  }

  get #isQuiet(): boolean {
    const { inFlight, gathering } = this.#lane;
    return this.isBetweenTries || (inFlight === (this.#isStopped ? 0 : gathering) && !this.#runner.hasTaken);
  }

  /** Takes nothing until `resume`. Resolves when the lane is quiet. */
  hold(): Promise<void> {
    this.#isHeld = true;
    this.#runner.rests?.();
    return this.quiet();
  }

  resume(): void {
    this.#isHeld = false;
    this.admit();
    tell(this.#resumed);
  }

  /** Takes nothing for ever. */
  stop(): void {
    this.#isStopped = true;
    this.#stopping.abort();
    this.admit();
    tell(this.#resumed);
  }

  /** Notes that a retry begins or ends to wait. */
  backingOff(isWaiting: boolean): void {
    this.backOffs += isWaiting ? 1 : -1;
    this.#lane.waitingForClock += isWaiting ? 1 : -1;
    this.settle();
  }

  /**
   * Has a try begin that has waited, as soon as it may: when the lane goes on and there is a place for it, or when it stops.
   * @param note notes that it has begun: in the same moment, so that a lane that is held next is not taken to be at rest
   */
  begins(note: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#beginning.push(() => {
        note();
        resolve();
      });
      this.admit();
    });
  }

  /** Lets tries begin that wait to: there may be a place. */
  admit(): void {
    while (this.#beginning.length > 0 && !this.holdsTries && (this.#isStopped || this.#runner.isFull !== true)) this.#beginning.shift()?.();
  }

  /** Resolves when no event is in flight, or taken and not begun. Unless the lane is stopped, those only gathered do not count. */
  quiet(): Promise<void> {
    return this.#isQuiet ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }

  /** Tells those who wait for it that the lane is quiet, if it is. */
  settle(): void {
    if (this.#quiet.length > 0 && this.#isQuiet) tell(this.#quiet);
  }

  /** Keeps nobody waiting any longer, whatever still runs. */
  abandon(): void {
    tell(this.#quiet);
  }

  /** Resolves when the lane goes on, or stops. */
  resumed(): Promise<void> {
    return new Promise((resolve) => this.#resumed.push(resolve));
  }
}

function tell(waiting: (() => void)[]): void {
  for (const resolve of waiting.splice(0)) resolve();
}
