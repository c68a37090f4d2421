import { performance } from 'node:perf_hooks';
import type { VirtualClock } from '@weir/core/internal/time';
import type { MemoryBroker } from '@weir/core/internal/transport';
import type { TestWorker } from './test-worker.js';

/** Turns of the event loop without anything happening that count as quiet. */
const QUIET_TURNS = 8;
/** How long handlers may keep a test waiting before it is told which, in milliseconds of real time in which this process had the processor. */
const PATIENCE_MS = 4_000;
/** How long a handler that may be waiting for the clock is waited for before the clock moves on, in milliseconds of real time. */
const GRACE_MS = 100;

/** Knows when nothing more happens by itself: no message moves, and only so many handlers run as the test holds back. */
export class Settling {
  readonly #broker: MemoryBroker;
  readonly #clock: VirtualClock;
  readonly #workers: readonly TestWorker[];
  readonly #stores: { readonly isBusy: boolean };

  constructor(broker: MemoryBroker, clock: VirtualClock, workers: readonly TestWorker[], stores: { readonly isBusy: boolean }) {
    this.#broker = broker;
    this.#clock = clock;
    this.#workers = workers;
    this.#stores = stores;
  }

  /** Resolves when all is quiet and what is finished is committed. @throws the error that stopped a worker */
  async settled(allowed: number): Promise<void> {
    await this.#quiet(allowed);
    // With exactly once, what is committed is what others of the app read next.
    for (let isOver = false, began = spent(); !isOver; ) {
      const before = this.#broker.activity;
      await Promise.race([this.#checkpoint(), this.#turns(50)]);
      isOver = this.#broker.activity === before && !this.#stores.isBusy;
      if (!isOver) await this.#quiet(allowed);
      if (isOverdue(began)) throw new Error(this.#notSettled(allowed));
    }
  }

  /** Moves the clock to `end`, from one thing that is due to the next, and waits until all is quiet after each that did something. */
  async advance(end: number, allowed: number): Promise<void> {
    let stuck = allowed;
    for (let due = this.#clock.nextDue(); due !== undefined && due <= end; due = this.#clock.nextDue()) {
      const before = this.#broker.activity;
      this.#clock.advanceTo(due);
      await turn();
      await turn();
      if (this.#broker.activity !== before || !this.#isIdle(stuck)) stuck = Math.max(allowed, await this.#quietBetween(stuck));
    }
    this.#clock.advanceTo(end);
    await this.settled(allowed);
  }

  /** Waits until all is quiet on the way to a later time; a handler that may need the clock to come to an end is waited for only a moment. Returns how many run. */
  async #quietBetween(allowed: number): Promise<number> {
    const began = performance.now();
    for (let quiet = 0, last = this.#broker.activity; quiet < QUIET_TURNS; quiet++) {
      await turn();
      this.#throwFailure();
      const now = this.#broker.activity;
      if (now !== last || (!this.#isIdle(allowed) && performance.now() - began < GRACE_MS)) quiet = -1;
      last = now;
    }
    return this.#running();
  }

  /** Waits for something that may need the clock to move: a stop that waits for a handler to run out of its time, a reader for a transaction to end. */
  async whileTurning<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    done.then(end, end);
    const began = performance.now();
    while (!isDone) {
      const before = this.#broker.activity;
      await this.#turns(20);
      const due = this.#clock.nextDue();
      if (!isDone && due !== undefined && this.#broker.activity === before && (this.#isIdle(0) || performance.now() - began > 500))
        this.#clock.advanceTo(due);
    }
    return done;
  }

  async #checkpoint(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.checkpoint()));
  }

  async #quiet(allowed: number): Promise<void> {
    const began = spent();
    for (let quiet = 0, last = this.#broker.activity; quiet < QUIET_TURNS; quiet++) {
      await turn();
      this.#throwFailure();
      const now = this.#broker.activity;
      if (now !== last || !this.#isIdle(allowed)) quiet = -1;
      last = now;
      if (isOverdue(began)) throw new Error(this.#notSettled(allowed));
    }
  }

  #isIdle(allowed: number): boolean {
    return !this.#stores.isBusy && this.#workers.every(({ load }) => load.waiting === 0) && this.#running() <= allowed;
  }

  /** Handlers that run and do not wait for the clock. */
  #running(): number {
    const running = this.#workers.reduce((sum, { load }) => sum + load.running, 0);
    return Math.max(0, running - this.#clock.sleeping);
  }

  #throwFailure(): void {
    for (const { failure } of this.#workers) if (failure !== undefined) throw failure;
  }

  #notSettled(allowed: number): string {
    const running = this.#workers.flatMap((worker) => worker.running);
    const what = running.length === 0 ? 'messages keep moving' : `these handlers still run: ${running.join(', ')}`;
    return `not settled after ${PATIENCE_MS / 1_000} s: ${what}. For handlers that the test holds back pass { running: ${Math.max(1, running.length)} }${allowed > 0 ? ` (now ${allowed})` : ''}`;
  }

  async #turns(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await turn();
  }
}

/** Real time, and the time of the processor: on a machine that is busy with others this is less, with several threads more. In milliseconds. */
function spent(): [number, number] {
  const { user, system } = process.cpuUsage();
  return [performance.now(), (user + system) / 1_000];
}

/** Whether it is longer ago than a test may wait. */
function isOverdue(began: readonly [number, number]): boolean {
  return spent().every((ms, index) => ms - began[index] > PATIENCE_MS);
}

/** Lets everything go on that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
