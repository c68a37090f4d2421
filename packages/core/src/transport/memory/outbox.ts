import type { Position } from '../../positions/index.js';
import type { Cancel, Clock } from '../../time/index.js';
import type { Outgoing } from '../producer.js';
import type { Sending } from '../sending.js';
import type { Activity } from './activity.js';
import { Breather } from './breather.js';
import type { Faults } from './faults.js';
import type { Content } from './logs/partition-log.js';
import type { Transaction } from './transactions/transaction.js';

/** A message on its way, its bytes already taken from the caller. */
export interface Parcel extends Content {
  readonly message: Outgoing;
  readonly transaction: Transaction | undefined;
  /** Who asked by `send`; absent for `append`. */
  readonly sender?: { readonly sending: Sending; readonly resolve: (position: Position) => void; readonly reject: (error: Error) => void };
}

export interface OutboxOptions {
  readonly clock: Clock;
  readonly activity: Activity;
  readonly faults: Faults;
  readonly deliver: (parcel: Parcel) => void;
}

/** From how many messages on a producer asks for patience; at half of it the caller may go on. */
export const fullAt = 100_000;

/** What a producer was given and the broker has not got yet, in order. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #breather = new Breather(500);
  readonly #waiters = new Set<{ readonly isOver: () => boolean; readonly resolve: () => void }>();
  #appended: Parcel[] = [];
  #handedOver: { readonly parcels: readonly Parcel[]; readonly dueAt: number }[] = [];
  #taken = 0;
  #done = 0;
  #due: Cancel | undefined;
  #isMoving = false;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether messages are about to reach the broker without the clock or the broker having to change first. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** Messages that the broker does not have yet. */
  get size(): number {
    return this.#taken - this.#done;
  }

  get isFull(): boolean {
    return this.size >= fullAt;
  }

  add(parcel: Parcel): void {
    this.#appended.push(parcel);
    this.#taken++;
  }

  handOver(): void {
    if (this.#appended.length === 0) return;
    this.#handedOver.push({ parcels: this.#appended, dueAt: this.#options.clock.now() + this.#options.faults.produceDelayMs });
    this.#appended = [];
    this.move();
  }

  /** Resolves when the broker has, or has refused, everything taken so far. */
  settled(): Promise<void> {
    this.handOver();
    const upTo = this.#taken;
    return this.#until(() => this.#done >= upTo);
  }

  drained(): Promise<void> {
    if (this.isFull) this.handOver();
    return this.#until(() => this.size <= fullAt / 2);
  }

  /** Takes out what has not reached the broker; it counts as done. */
  discard(): readonly Parcel[] {
    const parcels = [...this.#handedOver.flatMap((each) => each.parcels), ...this.#appended];
    this.#handedOver = [];
    this.#appended = [];
    this.#done += parcels.length;
    this.#tell();
    return parcels;
  }

  /** Nothing goes out any more. */
  close(): void {
    this.#isClosed = true;
    this.#due?.();
    this.#handedOver = [];
    this.#appended = [];
  }

  /** Lets go out what can, on a microtask. */
  move(): void {
    if (this.#isMoving || this.#isClosed) return;
    this.#isMoving = true;
    this.#options.activity.note();
    void this.#deliver();
  }

  async #deliver(): Promise<void> {
    await this.#breather.breathe();
    this.#isMoving = false;
    const { clock, faults, activity, deliver } = this.#options;
    while (this.#handedOver.length > 0 && !faults.isDown && !this.#isClosed) {
      const { parcels, dueAt } = this.#handedOver[0]!;
      if (dueAt > clock.now()) {
        this.#due ??= clock.after(dueAt - clock.now(), () => {
          this.#due = undefined;
          this.move();
        });
        return;
      }
      this.#handedOver.shift();
      for (const parcel of parcels) deliver(parcel);
      this.#done += parcels.length;
      activity.note();
    }
    this.#tell();
  }

  #until(isOver: () => boolean): Promise<void> {
    return isOver() ? Promise.resolve() : new Promise((resolve) => void this.#waiters.add({ isOver, resolve }));
  }

  #tell(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isOver()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
