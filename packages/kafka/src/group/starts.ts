import { reason } from '@weir/core/internal/errors';
import { formatPosition, type Position, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { GroupPosition } from '@weir/core/internal/transport';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';
import { logical, seek } from '../driver/offsets.js';
import { PartitionMap } from '../driver/partitions.js';
import type { Assignment } from './assignment.js';

const lookMs = 250;

/** Where a partition begins. */
export interface StartOffset {
  readonly offset: number;
  /** Whether the group has no offset for it. */
  readonly isReset?: boolean;
}

export interface StartsOptions {
  readonly assignment: Assignment;
  /** How far the group has come, where that can be told now. An offset below 0 says that it has none. */
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<readonly GroupPosition[]>;
  /** Where logs begin or end; of a partition that cannot be told now, nothing. */
  readonly endsOf: (partitions: readonly TopicPartition[], end: 'beginning' | 'end') => Promise<readonly Position[]>;
  /** Where partitions begin of which the group has no offset; undefined where the client is to say that this is an error. */
  readonly reset: 'beginning' | 'end' | undefined;
  /** Whether a partition has appeared since we are in the group: all that it has came after that. */
  readonly isNew: (at: TopicPartition) => boolean;
  /** Told where the group had come to with those that begin there. */
  readonly begins: (positions: readonly GroupPosition[]) => void;
  /** Told when the client reads on after it had nothing to read. */
  readonly resumed: (driver: DriverConsumer) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs when no message is on its way to us, and lets none come before it has finished. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
}

/** Where new partitions begin: where the caller has asked for, or where the group has come to. */
export class Starts {
  readonly #options: StartsOptions;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /**
   * The starts that are known now, as the driver takes them. Of a partition that was given up while the group was asked, the answer counts no more: another member
   * may have gone on with it, also where it has come back.
   *
   * Where the group has offsets of some, it is not believed at once that it has none of others: to begin at 0 by mistake counts everything twice.
   */
  async find(partitions: readonly TopicPartition[], isBelieved = false): Promise<PartitionMap<StartOffset>> {
    const { assignment, committed, begins } = this.#options;
    const found = new PartitionMap<StartOffset>();
    const stays = new PartitionMap<object | undefined>();
    for (const at of partitions) stays.set(at, assignment.stay(at));
    const isStill = (at: TopicPartition) => stays.get(at) !== undefined && assignment.stay(at) === stays.get(at);
    const answers = await committed(partitions.filter((each) => assignment.startAt(each) === undefined));
    const known = answers.filter(({ offset }) => offset >= 0);
    const without = isBelieved || known.length === 0 ? answers.filter(({ offset }) => offset < 0) : [];
    const reset = await this.#reset(without.filter(isStill));
    for (const at of known.filter(isStill)) found.set(at, { offset: at.offset });
    for (const at of reset.filter(isStill)) found.set(at, { offset: at.offset, isReset: true });
    for (const at of partitions) {
      const offset = assignment.startAt(at);
      if (offset !== undefined) found.set(at, { offset });
    }
    begins(known.filter((at) => isStill(at) && assignment.startAt(at) === undefined));
    return found;
  }

  /**
   * Where partitions begin of which the group has no offset. The client is not left to look that up: told to stand still or to go on before its
   * broker has answered, it looks again half a second later and goes there once more. Everything that it read in between came twice.
   */
  async #reset(partitions: readonly TopicPartition[]): Promise<readonly Position[]> {
    const { endsOf, isNew, reset, logger } = this.#options;
    const grown = partitions.filter(isNew);
    const others = partitions.filter((at) => !isNew(at));
    try {
      const first = await endsOf(grown, 'beginning');
      const ends = reset === undefined ? others.map((at) => ({ ...at, offset: logical.none })) : await endsOf(others, reset);
      return [...first, ...ends];
    } catch (thrown) {
      logger.warn({ error: reason(thrown) }, 'it cannot be told yet where logs begin of which the group has no offset');
      return [];
    }
  }

  /**
   * Begins partitions that wait, mostly for an open transaction, as soon as it is known where; unless they were given up. They neither hold up others
   * nor the group. That there is no offset must be said twice.
   */
  async beginLater(driver: DriverConsumer, partitions: readonly TopicPartition[]): Promise<void> {
    const { assignment, clock, logger } = this.#options;
    logger.info(`it is not known yet where to begin with ${partitions.map(formatPosition).join(', ')}`);
    let waiting = partitions.map((at) => ({ at, stay: assignment.stay(at), isWithout: false }));
    for (;;) {
      waiting = waiting.filter(({ at, stay }) => stay !== undefined && assignment.stay(at) === stay);
      if (waiting.length === 0) return;
      await clock.sleep(lookMs);
      const found = await this.find(
        waiting.map(({ at }) => at),
        true,
      );
      for (const each of waiting) {
        const start = found.get(each.at);
        const isSure = start !== undefined && (start.isReset !== true || each.isWithout);
        each.isWithout = start?.isReset === true;
        if (isSure && (await this.#begin(driver, each.at, start.offset, each.stay))) waiting = waiting.filter((other) => other !== each);
      }
    }
  }

  /** Whether nothing is left to be done. */
  async #begin(driver: DriverConsumer, at: TopicPartition, start: number, stay: object | undefined): Promise<boolean> {
    const { assignment, clock, logger, exclusively, resumed } = this.#options;
    try {
      await exclusively(async () => {
        if (assignment.stay(at) !== stay) return;
        await seek(driver, [{ ...at, offset: start }], clock);
        assignment.dropWaiting([at]);
        assignment.start([at]);
        if (assignment.paused([at]).length > 0) return;
        driver.resume([at]);
        resumed(driver);
      });
      return true;
    } catch (thrown) {
      logger.debug({ err: thrown }, `cannot begin with ${formatPosition(at)}: ${reason(thrown)}`);
      return false;
    }
  }
}
