import type { TopicPartition } from '@weir/core/internal/positions';
import type { Batch } from '@weir/core/internal/transport';
import { PartitionMap } from '../driver/partitions.js';

/** What one of our partitions is up to. */
interface Held {
  /** Given to the driver; before that, `assigned` is still running and what is asked for waits here. */
  isReading: boolean;
  isPaused: boolean;
  /** To be handed over: nothing is read any more, commits still work. */
  isLeaving: boolean;
  /** Where to start instead of the committed offset. */
  startAt: number | undefined;
  /** What the driver gave out while the partition was paused. */
  waiting: Batch[];
}

/** The partitions that are ours, and what of their messages has not been given out. */
export class Assignment {
  readonly #held = new PartitionMap<Held>();
  #waitingMessages = 0;

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Messages that are kept back. */
  get waitingMessages(): number {
    return this.#waitingMessages;
  }

  owns(at: TopicPartition): boolean {
    return this.#held.has(at);
  }

  isReading(at: TopicPartition): boolean {
    const held = this.#held.get(at);
    return held?.isReading === true && !held.isLeaving;
  }

  all(): TopicPartition[] {
    return this.#held.keys();
  }

  paused(among: readonly TopicPartition[]): TopicPartition[] {
    return among.filter((at) => this.#held.get(at)?.isPaused);
  }

  /** Those that the driver must not read: paused, or not begun. */
  still(among: readonly TopicPartition[]): TopicPartition[] {
    return among.filter((at) => this.#held.get(at)?.isPaused || this.#held.get(at)?.isReading === false);
  }

  add(partitions: readonly TopicPartition[]): void {
    for (const at of partitions)
      this.#held.set(at, { isReading: false, isPaused: false, isLeaving: false, startAt: undefined, waiting: [] });
  }

  /** What stands for the time that a partition is ours and not to be handed over; undefined when it is not. */
  stay(at: TopicPartition): object | undefined {
    const held = this.#held.get(at);
    return held?.isLeaving === false ? held : undefined;
  }

  /** The driver reads them from here on. */
  start(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const held = this.#held.get(at);
      if (held !== undefined) held.isReading = true;
    }
  }

  /** No message of theirs is given out any more. */
  leave(partitions: readonly TopicPartition[]): void {
    this.dropWaiting(partitions);
    for (const at of partitions) {
      const held = this.#held.get(at);
      if (held !== undefined) held.isLeaving = true;
    }
  }

  remove(partitions: readonly TopicPartition[]): void {
    this.dropWaiting(partitions);
    for (const at of partitions) this.#held.delete(at);
  }

  setPaused(at: TopicPartition, isPaused: boolean): void {
    const held = this.#held.get(at);
    if (held !== undefined) held.isPaused = isPaused;
  }

  startAt(at: TopicPartition): number | undefined {
    return this.#held.get(at)?.startAt;
  }

  setStart(at: TopicPartition, offset: number): void {
    const held = this.#held.get(at);
    if (held !== undefined) held.startAt = offset;
  }

  dropWaiting(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const held = this.#held.get(at);
      if (held === undefined) continue;
      for (const batch of held.waiting) this.#waitingMessages -= batch.length;
      held.waiting = [];
    }
  }

  /** Keeps batches for the next `admit`. */
  keep(batches: readonly Batch[]): void {
    for (const batch of batches) {
      const held = this.#held.get(batch);
      if (held === undefined || held.isLeaving) continue;
      held.waiting.push(batch);
      this.#waitingMessages += batch.length;
    }
  }

  /** What may be given out now, of what was kept and of what has come: nothing of a partition that is paused, leaving or not ours. */
  admit(batches: readonly Batch[]): readonly Batch[] {
    if (this.#waitingMessages === 0 && batches.every((batch) => this.#isOpen(batch))) return batches;
    this.keep(batches);
    const admitted: Batch[] = [];
    for (const at of this.#held.keys()) {
      if (!this.#isOpen(at)) continue;
      const held = this.#held.get(at)!;
      admitted.push(...held.waiting);
      this.dropWaiting([at]);
    }
    return admitted;
  }

  #isOpen(at: TopicPartition): boolean {
    const held = this.#held.get(at);
    return held?.isReading === true && !held.isPaused && !held.isLeaving;
  }
}
