import type { Logger } from 'pino';
import { loggable, reason } from '../../errors/index.js';
import type { Position } from '../../positions/index.js';
import { type Cancel, type Clock, inRounds } from '../../time/index.js';
import type { Admin } from '../../transport/index.js';

/** How often messages are deleted. */
const purgeMs = 30_000;

export interface PurgeParts {
  readonly admin: Pick<Admin, 'deleteRecords'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The topics whose messages nobody needs that are done with. */
  readonly topics: readonly string[];
  /** Those that are read now, with the offsets that the group has of them. */
  readonly partitions: () => Iterable<{ readonly topic: string; readonly partition: number; readonly committed: number }>;
}

/** Deletes what the group has committed from topics that nobody else needs: nothing else ends their messages. */
export class Purge {
  readonly #parts: PurgeParts;
  /** By topic and partition, the offset before which nothing is left. One of a topic that was made anew is less. */
  readonly #purged = new Map<string, number>();
  #cancel: Cancel = () => {};
  #hasWarned = false;

  constructor(parts: PurgeParts) {
    this.#parts = parts;
  }

  start(): void {
    const { admin, topics, clock } = this.#parts;
    if (topics.length > 0 && admin.deleteRecords !== undefined) this.#cancel = inRounds(clock, purgeMs, () => this.#purge());
  }

  stop(): void {
    this.#cancel();
  }

  async #purge(): Promise<void> {
    const { admin, logger, topics, partitions } = this.#parts;
    const done: Position[] = [];
    for (const { topic, partition, committed } of partitions())
      if (topics.includes(topic) && committed > 0 && committed !== this.#purged.get(`${topic}-${partition}`))
        done.push({ topic, partition, offset: committed });
    if (done.length === 0) return;
    try {
      await admin.deleteRecords?.(done);
      for (const { topic, partition, offset } of done) this.#purged.set(`${topic}-${partition}`, offset);
    } catch (error) {
      const told = `cannot delete what is done with from ${topics.join(', ')}, which grow meanwhile: ${reason(error)}`;
      if (this.#hasWarned) logger.debug(told);
      else logger.warn({ err: loggable(error) }, told);
      this.#hasWarned = true;
    }
  }
}
