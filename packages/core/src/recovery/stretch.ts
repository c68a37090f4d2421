import type { TopicPartition } from '../positions/index.js';
import type { Batch } from '../transport/index.js';

/** A stretch of a log to be read. */
export interface Stretch extends TopicPartition {
  readonly from: number | 'earliest';
  /** The offset to stop before. */
  readonly to: number;
  /** Given its messages, in order; nothing is read while it takes its time. May throw or reject: the recovery is over then. */
  readonly take: (batch: Batch) => void | Promise<void>;
}

/** A log that is read on beyond the end of the stretch, as others write it. */
export interface FollowedStretch extends Stretch {
  /** Told, once, why it is followed no longer. Not before the end of the stretch was reached. */
  readonly failed: (error: Error) => void;
}

/** A stretch that is being read. */
export class Reading implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly from: Stretch['from'];
  readonly to: number;
  readonly take: Stretch['take'];
  position = -1;
  entries = 0;
  /** The last poll before it was added. */
  since = Number.POSITIVE_INFINITY;
  movedAt: number;
  /** Whether the end was reached: what comes after it is live. */
  isThere = false;
  readonly #failed: FollowedStretch['failed'] | undefined;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  readonly done: Promise<void>;

  constructor({ topic, partition, from, to, take, failed }: Stretch & Partial<FollowedStretch>, now: number) {
    this.topic = topic;
    this.partition = partition;
    this.from = from;
    this.to = to;
    this.take = take;
    this.#failed = failed;
    this.movedAt = now;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => undefined);
  }

  /** Whether it is read on beyond its end. */
  get isFollowed(): boolean {
    return this.#failed !== undefined;
  }

  /** It has come so far. */
  reached(position: number, now: number): void {
    if (position !== this.position) this.movedAt = now;
    this.position = position;
    if (position < this.to || this.isThere) return;
    this.isThere = true;
    this.#resolve();
  }

  /** It is given up: nobody is told beyond the end. */
  giveUp(error: Error): void {
    this.#reject(error);
  }

  fail(error: Error): void {
    if (this.isThere) this.#failed?.(error);
    else this.#reject(error);
  }
}
