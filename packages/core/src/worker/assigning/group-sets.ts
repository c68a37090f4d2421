import type { Logger } from 'pino';
import { reason, StateError } from '../../errors/index.js';
import { areSetsCompatible, readSet } from '../../positions/index.js';
import { type Clock, formatMs, within } from '../../time/index.js';
import { type Admin, type Consumer, type GroupPosition, type Subscription, takesIn, untilAnswered } from '../../transport/index.js';

/** How long a worker waits for others to stop: longer than the session of one that was killed. */
const waitMs = 60_000;
const lookMs = 1_000;
/** How long the offsets of the group are waited for: a transaction that is open may be about to change them. */
const offsetsMs = 2_000;

export interface GroupSetsParts {
  readonly consumer: Pick<Consumer, 'committed'>;
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subscription: Subscription;
  readonly internal: readonly string[];
  /** The set that a topic belongs to here, as it is noted beside offsets. */
  readonly setNoteOf: (topic: string) => string | undefined;
}

/** A topic that the members of the group keep together with others than this worker does. */
interface Difference {
  readonly topic: string;
  readonly noted: string | undefined;
}

/**
 * Sees that all workers of a group keep the same topics together. What leads in one and follows in another would be read by both, and committed by both: twice
 * also with exactly once. The sets of those that run stand beside their offsets.
 */
export class GroupSets {
  readonly #parts: GroupSetsParts;
  /** Whether the group had no members when this worker came: then what is noted is nobody's any more. */
  #isFirst = false;

  constructor(parts: GroupSetsParts) {
    this.#parts = parts;
  }

  /**
   * Before it joins: waits until workers that keep topics together otherwise have stopped, for up to a minute.
   * @param goesOn called after each wait. What it throws gives up
   * @throws StateError `TOPIC_SETS_CHANGED`
   */
  async agreed(admin: Pick<Admin, 'groupState' | 'topics'>, goesOn: () => void): Promise<void> {
    const { clock, logger } = this.#parts;
    const until = clock.now() + waitMs;
    const refused = (error: Error, isFirst: boolean) => {
      if (isFirst) logger.warn({ error: reason(error) }, 'it cannot be told yet which topics the workers of the group keep together');
    };
    for (let isFirst = true; ; isFirst = false) {
      const differences = await untilAnswered(() => this.#differences(admin), clock, { goesOn, refused });
      if (differences.length === 0) return;
      const problem = this.#problem(differences);
      if (clock.now() >= until) throw changed(problem);
      if (isFirst) logger.warn(`${problem}: waiting for up to ${formatMs(waitMs)} until they have stopped`);
      await clock.sleep(lookMs);
      goesOn();
    }
  }

  /** What others have noted since, though it was agreed; where this worker was the first, it was noted before. */
  conflict(positions: readonly GroupPosition[]): StateError | undefined {
    const differences = this.#isFirst ? [] : this.#differing(positions);
    return differences.length === 0 ? undefined : changed(this.#problem(differences));
  }

  async #differences(admin: Pick<Admin, 'groupState' | 'topics'>): Promise<Difference[]> {
    const { consumer, clock, group, subscription, internal } = this.#parts;
    this.#isFirst = (await admin.groupState?.(group)) !== 'active';
    if (this.#isFirst) return [];
    const topics = (await admin.topics()).filter(({ name }) => takesIn(subscription, name, internal));
    const partitions = topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    );
    // What cannot be told now is looked at when partitions begin, before their first event.
    const positions = await within(clock, offsetsMs, consumer.committed(partitions), undefined);
    return positions === undefined ? [] : this.#differing(positions);
  }

  #differing(positions: readonly GroupPosition[]): Difference[] {
    const { setNoteOf } = this.#parts;
    const found = new Map<string, Difference>();
    for (const { topic, offset, metadata } of positions) {
      const noted = readSet(metadata);
      if (offset >= 0 && !areSetsCompatible(topic, noted, setNoteOf(topic))) found.set(topic, { topic, noted });
    }
    return [...found.values()];
  }

  #problem(differences: readonly Difference[]): string {
    const { group, setNoteOf } = this.#parts;
    const topics = differences.map(({ topic, noted }) => `${topic} (there: ${told(noted)}; here: ${told(setNoteOf(topic))})`);
    return `workers of group "${group}" run that keep topics together otherwise than this one: ${topics.join(', ')}`;
  }
}

function told(set: string | undefined): string {
  return set === undefined ? 'alone' : set.replaceAll(',', ' + ');
}

function changed(problem: string): StateError {
  return new StateError(`${problem}. Stop all workers first, then start the new ones: together they would read messages twice`, {
    code: 'TOPIC_SETS_CHANGED',
  });
}
