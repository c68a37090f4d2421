import type { Activity } from '../activity.js';
import { macrotask } from '../breather.js';
import type { PartitionLog } from '../logs/partition-log.js';
import type { Shares } from './assignors.js';

/** Who takes and gives partitions. */
export interface Holder {
  /** Starts reading. Resolves when the listener has taken note. */
  take(logs: readonly PartitionLog[]): Promise<void>;
  /** Stops reading at once. Resolves when the listener has let go. */
  release(logs: readonly PartitionLog[]): Promise<void>;
  /** Stops reading; somebody else has the partitions. */
  lose(logs: readonly PartitionLog[]): void;
}

export interface HandoverOptions {
  readonly activity: Activity;
  /** Whether all partitions stop before any is given (Kafka's eager protocol), or only those that move. */
  readonly isEager: boolean;
  /** Nothing is given out while this says so. */
  readonly isHalted: () => boolean;
}

/**
 * Brings what members hold to what they shall hold. Each member goes its own way, one step at a time: it lets go of
 * what it must not have any more, then takes what nobody else holds. So a partition is taken only after its old holder
 * has let go, one that stays keeps flowing, and a slow member delays nobody but those who wait for its partitions.
 */
export class Handover<Member extends Holder> {
  readonly #options: HandoverOptions;
  readonly #holders = new Map<PartitionLog, Member>();
  readonly #busy = new Set<Member>();
  readonly #silent = new Set<Member>();
  readonly #evicted = new Set<PartitionLog>();
  /** Those that were told what they have. */
  readonly #told = new Set<Member>();
  readonly #left = new Map<Member, () => void>();
  #target: Shares<Member> = new Map();
  #isScheduled = false;
  #isBarred = false;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Whether a step is under way or about to be made. */
  get isMoving(): boolean {
    return this.#isScheduled || this.#busy.size > 0;
  }

  holder(log: PartitionLog): Member | undefined {
    return this.#holders.get(log);
  }

  heldBy(member: Member): readonly PartitionLog[] {
    return [...this.#holders].filter(([, holder]) => holder === member).map(([log]) => log);
  }

  /** What a member shall have. */
  shareOf(member: Member): ReadonlySet<PartitionLog> {
    return this.#target.get(member) ?? new Set();
  }

  /** Sets who shall hold what. */
  aim(target: Shares<Member>): void {
    this.#target = target;
    this.#isBarred = this.#options.isEager;
    this.schedule();
  }

  /** Looks again, on a microtask, whether there is a step to make. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.activity.note();
    queueMicrotask(() => this.#settle());
  }

  /** Resolves when a member that shall have nothing has let go of everything. */
  emptied(member: Member): Promise<void> {
    this.schedule();
    return new Promise((resolve) => this.#left.set(member, resolve));
  }

  /** A member does not answer any more. What it holds stays with it. */
  silence(member: Member): void {
    this.#busy.delete(member);
    this.#silent.add(member);
  }

  /** A member is gone. What it held is free at once. */
  forget(member: Member): void {
    for (const log of this.heldBy(member)) this.#holders.delete(log);
    this.#busy.delete(member);
    this.#silent.delete(member);
    this.#target.delete(member);
    this.#told.delete(member);
    this.#left.get(member)?.();
    this.#left.delete(member);
    this.schedule();
  }

  /** Takes partitions from their holders in order, and gives them anew. */
  evict(logs: readonly PartitionLog[]): void {
    for (const log of logs) if (this.#holders.has(log)) this.#evicted.add(log);
    this.schedule();
  }

  /** Takes partitions from their holders without asking, and gives them anew: not before a poll that was answered already has been seen by its caller. */
  drop(logs: readonly PartitionLog[]): void {
    for (const member of new Set(this.#holders.values())) {
      const lost = logs.filter((log) => this.#holders.get(log) === member);
      if (lost.length === 0) continue;
      for (const log of lost) this.#free(member, log);
      member.lose(lost);
      if (!this.#busy.has(member)) this.#await(member, macrotask(), []);
    }
    this.schedule();
  }

  #settle(): void {
    this.#isScheduled = false;
    if (this.#holders.size === 0 && this.#busy.size === 0) this.#isBarred = false;
    for (const [member, share] of this.#target) {
      if (!this.#busy.has(member) && !this.#silent.has(member)) this.#step(member, share);
    }
  }

  #step(member: Member, share: ReadonlySet<PartitionLog>): void {
    const held = this.heldBy(member);
    const leaving = held.filter((log) => this.#isBarred || !share.has(log) || this.#evicted.has(log));
    const mayCome = !this.#isBarred && !this.#options.isHalted();
    const coming = mayCome ? [...share].filter((log) => !this.#holders.has(log)) : [];
    if (leaving.length > 0) this.#await(member, member.release(leaving), leaving);
    else if (coming.length > 0) this.#give(member, coming);
    else if (held.length === 0 && this.#left.has(member)) this.#left.get(member)?.();
    else if (mayCome && share.size === 0 && !this.#told.has(member)) this.#give(member, []);
  }

  #give(member: Member, coming: readonly PartitionLog[]): void {
    this.#told.add(member);
    for (const log of coming) this.#holders.set(log, member);
    this.#await(member, member.take(coming), []);
  }

  /** Waits for a member's step; afterwards these partitions are free. */
  #await(member: Member, step: Promise<void>, leaving: readonly PartitionLog[]): void {
    this.#busy.add(member);
    this.#options.activity.note();
    void step.then(() => {
      if (!this.#target.has(member) || this.#silent.has(member)) return;
      this.#busy.delete(member);
      for (const log of leaving) this.#free(member, log);
      this.schedule();
    });
  }

  #free(member: Member, log: PartitionLog): void {
    if (this.#holders.get(log) === member) this.#holders.delete(log);
    this.#evicted.delete(log);
  }
}
