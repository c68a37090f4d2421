import type { Logger } from 'pino';
import { reason, StateError, TransportError } from '../../errors/index.js';
import { type Cancel, type Clock, inRounds } from '../../time/index.js';
import type { Admin } from '../../transport/index.js';

/** How often it is looked. */
const lookMs = 10_000;

export interface FollowerWatchParts {
  readonly admin: Pick<Admin, 'describe'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Topics that are assigned together. */
  readonly sets: readonly (readonly string[])[];
  readonly fail: (error: Error) => void;
}

/**
 * Sees that topics that are assigned together keep as many partitions as each other. Of those that follow nobody else takes notice: the group does not know of them,
 * and new partitions of theirs would be read by nobody.
 */
export class FollowerWatch {
  readonly #parts: FollowerWatchParts;
  #cancel: Cancel = () => {};
  #isStopped = false;
  /** Those that were not there when it was looked last. One that is being made anew is away for a moment. */
  #missing: ReadonlySet<string> = new Set();

  constructor(parts: FollowerWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, sets } = this.#parts;
    if (sets.length > 0) this.#cancel = inRounds(clock, lookMs, () => this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { admin, logger, sets, fail } = this.#parts;
    try {
      const found = new Map((await admin.describe(sets.flat())).map(({ name, partitions }) => [name, partitions]));
      const fault = this.#fault(found);
      if (fault !== undefined && !this.#isStopped) fail(fault);
    } catch (error) {
      // The broker may be away for a while; others say so.
      logger.debug({ error: reason(error) }, 'cannot tell whether topics have changed that are assigned together');
    }
  }

  #fault(found: ReadonlyMap<string, number>): Error | undefined {
    const { sets } = this.#parts;
    const missing = new Set(sets.flat().filter((topic) => !found.has(topic)));
    const gone = [...missing].filter((topic) => this.#missing.has(topic));
    this.#missing = missing;
    if (gone.length > 0) return deleted(gone);
    const uneven = sets.find((topics) => new Set(topics.flatMap((topic) => found.get(topic) ?? [])).size > 1);
    return uneven && changed(uneven.map((topic) => `${topic} (${found.get(topic) ?? 'missing'})`));
  }
}

function deleted(topics: readonly string[]): TransportError {
  return new TransportError(
    `topics were deleted that share tables with others: ${topics.join(', ')}. Create them anew with as many partitions, and start again`,
    { code: 'TOPIC_MISSING' },
  );
}

function changed(topics: readonly string[]): StateError {
  return new StateError(
    `topics that share tables do not have the same number of partitions any more: ${topics.join(', ')}. Keys of one that has grown lie in other partitions than the tables that they feed. Write it anew under another name with as many partitions as are wanted, or regroup it (groupBy)`,
    { code: 'PARTITIONS_CHANGED' },
  );
}
