import type { Logger } from 'pino';
import { reason } from '../../errors/index.js';
import type { AssignedPartition, PartitionGroup } from '../../partitions/index.js';
import type { Recovery } from '../../recovery/index.js';
import { type Cancel, type Clock, inRounds } from '../../time/index.js';
import type { LogEnds } from '../../transport/index.js';

/** How often it is looked. */
const lookMs = 1_000;

export interface IdleWatchParts {
  readonly groups: () => Iterable<PartitionGroup>;
  readonly recovery: Pick<Recovery, 'ends' | 'read'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After how long a topic of which nothing comes is idle, in milliseconds. */
  readonly idleAfterMs: number;
}

/** What is known of a partition of which nothing comes. */
interface Still {
  position: number;
  since: number;
  /** Up to here there is no message: only markers of transactions. */
  emptyTo: number;
}

/**
 * Has watermarks go on without the topics that are idle: nothing of them has come for long, nothing runs, and nothing is unread. Where all are, they go on with the
 * clock.
 */
export class IdleWatch {
  readonly #parts: IdleWatchParts;
  readonly #still = new WeakMap<AssignedPartition, Still>();
  readonly #stopping = new AbortController();
  #cancel: Cancel = () => {};

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, idleAfterMs } = this.#parts;
    this.#cancel = inRounds(clock, Math.max(1, Math.min(lookMs, idleAfterMs)), () => this.#look());
  }

  stop(): void {
    this.#cancel();
    this.#stopping.abort();
  }

  async #look(): Promise<void> {
    const { groups, logger, clock } = this.#parts;
    const going = [...groups()].filter(({ state, phase }) => state?.watermark !== undefined && phase === 'running');
    const still = going.flatMap(({ partitions }) => [...partitions].filter((partition) => this.#isStill(partition)));
    try {
      const idle = await this.#withoutUnread(still);
      for (const { state, partitions, phase } of going) {
        if (phase !== 'running') continue;
        const topics = [...partitions].filter((partition) => idle.has(partition) && this.#isStill(partition)).map(({ topic }) => topic);
        state?.watermark?.tick(new Set(topics), clock.now());
      }
    } catch (error) {
      // The broker may be away for a while; others say so.
      if (!this.#stopping.signal.aborted) logger.debug({ error: reason(error) }, 'cannot tell which topics are idle');
    }
  }

  #isStill(partition: AssignedPartition): boolean {
    const now = this.#parts.clock.now();
    const position = positionOf(partition);
    const known = this.#still.get(partition);
    if (known === undefined || known.position !== position || !partition.isIdle) {
      this.#still.set(partition, { position, since: now, emptyTo: -1 });
      return false;
    }
    return now - known.since >= this.#parts.idleAfterMs;
  }

  async #withoutUnread(still: readonly AssignedPartition[]): Promise<Set<AssignedPartition>> {
    if (still.length === 0) return new Set();
    const ends = await this.#parts.recovery.ends(still, this.#stopping.signal);
    const idle = new Set<AssignedPartition>();
    for (const [index, partition] of still.entries()) if (!(await this.#hasUnread(partition, ends[index]))) idle.add(partition);
    return idle;
  }

  async #hasUnread(partition: AssignedPartition, { low, high, stable }: LogEnds): Promise<boolean> {
    const known = this.#still.get(partition);
    const from = Math.max(low, positionOf(partition), known?.emptyTo ?? -1);
    if (high <= from) return false;
    // Below an open transaction there may be messages to come.
    if (stable < high) return true;
    let isEmpty = true;
    const { topic, partition: number } = partition;
    const take = () => {
      isEmpty = false;
    };
    await this.#parts.recovery.read({ topic, partition: number, from, to: high, take }, this.#stopping.signal);
    if (isEmpty && known !== undefined) known.emptyTo = high;
    return !isEmpty;
  }
}

/** The offset of the next message to come; −1 where none has, and the group has none. */
function positionOf({ position, held }: AssignedPartition): number {
  return Math.max(position, held?.offset ?? -1);
}
