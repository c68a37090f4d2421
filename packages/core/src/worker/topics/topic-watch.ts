import type { Logger } from 'pino';
import { reason } from '../../errors/index.js';
import type { AssignedPartition } from '../../partitions/index.js';
import { type Cancel, type Clock, inRounds } from '../../time/index.js';
import type { Admin } from '../../transport/index.js';

/** How often it is looked. */
const lookMs = 10_000;

export interface TopicWatchParts {
  readonly admin: Pick<Admin, 'topicIds'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Those that are read now. */
  readonly partitions: () => Iterable<AssignedPartition>;
  /** Their topic was deleted, and another one of its name has taken its place. */
  readonly replaced: (partitions: readonly AssignedPartition[]) => void;
}

/**
 * Sees that a topic is still the same: one that was deleted and made anew begins at 0, and whoever read on from the old offset would leave out without a word
 * what lies below it.
 */
export class TopicWatch {
  readonly #parts: TopicWatchParts;
  /** What the topics of partitions were when they became ours: one that comes back begins where the group says. */
  readonly #ids = new WeakMap<AssignedPartition, string>();
  #cancel: Cancel = () => {};
  #isStopped = false;
  #looking: Promise<void> | undefined;
  #isToLookAgain = false;

  constructor(parts: TopicWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = inRounds(this.#parts.clock, lookMs, () => this.look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Looks now; while it does, once more afterwards. */
  async look(): Promise<void> {
    this.#isToLookAgain = this.#looking !== undefined;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    if (!this.#isToLookAgain || this.#isStopped) return;
    this.#isToLookAgain = false;
    await this.look();
  }

  async #look(): Promise<void> {
    const { admin, logger, partitions, replaced } = this.#parts;
    const asked = [...partitions()];
    if (asked.length === 0) return;
    try {
      const ids = await admin.topicIds([...new Set(asked.map(({ topic }) => topic))]);
      const others = asked.filter((partition) => this.#isOther(partition, ids.get(partition.topic)));
      if (others.length > 0 && !this.#isStopped) replaced(others);
    } catch (error) {
      // The broker may be away for a while; others say so.
      logger.debug({ error: reason(error) }, 'cannot tell whether topics were made anew');
    }
  }

  #isOther(partition: AssignedPartition, id: string | undefined): boolean {
    const known = this.#ids.get(partition);
    if (id !== undefined) this.#ids.set(partition, id);
    return known !== undefined && id !== undefined && known !== id;
  }
}
