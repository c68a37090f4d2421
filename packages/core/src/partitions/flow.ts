import type { Clock } from '../time/index.js';
import type { Consumer, Producer } from '../transport/index.js';
import type { AssignedPartition, PauseReason } from './assigned-partition.js';
import type { Assignment } from './assignment.js';

/** Messages of one partition that may wait in memory. */
const MAX_WAITING = 5_000;
/** Bytes of one partition that may wait. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Bytes of all partitions that may wait. */
const MAX_TOTAL_BYTES = 48 * 1024 * 1024;
/** A paused partition goes on when its lanes have come down to this share of a limit. */
const RESUME_SHARE = 0.25;
/** How long polling may stand still for lanes that are full before their partitions are paused: a pause costs what was fetched ahead. */
const PATIENCE_MS = 1_000;

/**
 * Back-pressure. The ordinary way is not to poll while lanes are full. A partition is paused only when its lane is full while others have
 * nothing to do, or has been full for so long that the group must hear of us.
 */
export class Flow {
  readonly #assignment: Assignment;
  readonly #consumer: Consumer;
  readonly #producer: Producer;
  readonly #clock: Clock;
  #moved: (() => void) | undefined;
  #paused = 0;

  constructor(assignment: Assignment, consumer: Consumer, producer: Producer, clock: Clock) {
    this.#assignment = assignment;
    this.#consumer = consumer;
    this.#producer = producer;
    this.#clock = clock;
  }

  /** Called whenever a lane has made room. A poll that waits for messages does not look by itself for those that may come again. */
  moved(): void {
    if (this.#paused > 0) this.#resume();
    this.#moved?.();
  }

  /** Resolves when it is time to ask for messages. Undefined when it is already. */
  room(): Promise<void> | undefined {
    this.#resume();
    if (this.#producer.isFull) return this.#waitForProducer();
    return this.#full().length === 0 ? undefined : this.#wait();
  }

  /** Whether it is time to ask for messages; pauses and resumes nothing. */
  get hasRoom(): boolean {
    return !this.#producer.isFull && this.#full().length === 0;
  }

  /** While the broker takes nothing, no more is read; after a while the group is kept informed with everything paused. */
  async #waitForProducer(): Promise<void> {
    void this.#producer.drained().then(() => this.#moved?.());
    await this.#change(PATIENCE_MS);
    if (this.#producer.isFull) this.#pause([...this.#assignment], 'producer');
  }

  async #wait(): Promise<void> {
    const patienceEnds = this.#clock.now() + PATIENCE_MS;
    for (let full = this.#full(); full.length > 0; full = this.#full()) {
      const isOver = this.#clock.now() >= patienceEnds;
      if (isOver || this.#othersStarve()) return this.#pause(full, 'full');
      await this.#change(patienceEnds - this.#clock.now());
      this.#resume();
    }
  }

  /** Resolves when a lane moves, or the time is up. */
  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, () => this.#moved?.());
      this.#moved = () => {
        this.#moved = undefined;
        cancel();
        resolve();
      };
    });
  }

  /** The partitions that hold more than they may, and are not paused for it. */
  #full(): AssignedPartition[] {
    let bytes = 0;
    let count = 0;
    const holding: AssignedPartition[] = [];
    for (const partition of this.#assignment) {
      if (partition.waiting === 0) continue;
      bytes += partition.waitingBytes;
      count++;
      if (!partition.pausedFor.has('full')) holding.push(partition);
    }
    const share = bytes > MAX_TOTAL_BYTES ? bytes / count / 2 : MAX_WAITING_BYTES;
    // One that waits for others keeps more: what it waits for comes behind that.
    const isFull = (partition: AssignedPartition) => partition.waiting >= MAX_WAITING && !partition.isAhead;
    return holding.filter((partition) => isFull(partition) || partition.waitingBytes >= share);
  }

  #othersStarve(): boolean {
    for (const partition of this.#assignment) if (partition.isIdle) return true;
    return false;
  }

  /** No messages are asked for until `release`: their group recovers. */
  hold(partitions: Iterable<AssignedPartition>): void {
    this.#pause([...partitions], 'recovery');
  }

  release(partitions: Iterable<AssignedPartition>): void {
    for (const partition of partitions) partition.pausedFor.delete('recovery');
    const ready = [...partitions].filter(({ pausedFor }) => pausedFor.size === 0);
    if (ready.length > 0) this.#consumer.resume(ready);
    this.moved();
  }

  #pause(partitions: readonly AssignedPartition[], reason: PauseReason): void {
    const flowing = partitions.filter((partition) => partition.pausedFor.size === 0);
    for (const partition of partitions) partition.pausedFor.add(reason);
    if (flowing.length > 0) this.#consumer.pause(flowing);
    this.#paused += flowing.length;
  }

  #resume(): void {
    const ready: AssignedPartition[] = [];
    this.#paused = 0;
    for (const partition of this.#assignment) {
      if (partition.pausedFor.size === 0) continue;
      if (!this.#producer.isFull) partition.pausedFor.delete('producer');
      if (partition.waiting <= MAX_WAITING * RESUME_SHARE && partition.waitingBytes <= MAX_WAITING_BYTES * RESUME_SHARE)
        partition.pausedFor.delete('full');
      if (partition.pausedFor.size === 0) ready.push(partition);
      else this.#paused++;
    }
    if (ready.length > 0) this.#consumer.resume(ready);
  }
}
