import { reason } from '@weir/core/internal/errors';
import { formatPosition, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { GroupPosition } from '@weir/core/internal/transport';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer } from '../driver/driver-types.js';
import { logical, seek } from '../driver/offsets.js';
import { PartitionMap } from '../driver/partitions.js';
import type { Assignment } from './assignment.js';

const lookMs = 250;

export interface StartsOptions {
  readonly assignment: Assignment;
  /** How far the group has come, where that can be told now. An offset below 0 says that it has none. */
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<readonly GroupPosition[]>;
  /** Whether a partition has appeared since we are in the group: all that it has came after that. */
  readonly isNew: (at: TopicPartition) => boolean;
  /** Told where the group had come to with those that begin there. */
  readonly begins: (positions: readonly GroupPosition[]) => void;
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
   * The places that are known now, as the driver takes them. Of a partition that was given up while the group was asked, the answer counts no more: another member
   * may have gone on with it, also where it has come back.
   *
   * Where the group has offsets of some, it is not believed at once that it has none of others: to begin at 0 by mistake counts everything twice.
   */
  async find(partitions: readonly TopicPartition[], isBelieved = false): Promise<PartitionMap<number>> {
    const { assignment, committed, begins, isNew } = this.#options;
    const places = new PartitionMap<number>();
    const stays = new PartitionMap<object | undefined>();
    for (const at of partitions) stays.set(at, assignment.stay(at));
    const answers = await committed(partitions.filter((each) => assignment.startAt(each) === undefined));
    const current = answers.filter((at) => stays.get(at) !== undefined && assignment.stay(at) === stays.get(at));
    const known = current.filter(({ offset }) => offset >= 0);
    const found = isBelieved || known.length === 0 ? current : known;
    for (const at of found) places.set(at, at.offset >= 0 ? at.offset : isNew(at) ? logical.beginning : logical.none);
    for (const at of partitions) {
      const start = assignment.startAt(at);
      if (start !== undefined) places.set(at, start);
    }
    begins(found.filter((at) => at.offset >= 0 && assignment.startAt(at) === undefined));
    return places;
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
      const places = await this.find(
        waiting.map(({ at }) => at),
        true,
      );
      for (const each of waiting) {
        const place = places.get(each.at);
        const isSure = place !== undefined && (place >= 0 || each.isWithout);
        each.isWithout = place !== undefined && place < 0;
        if (isSure && (await this.#begin(driver, each.at, place, each.stay))) waiting = waiting.filter((other) => other !== each);
      }
    }
  }

  /** Whether nothing is left to be done. */
  async #begin(driver: DriverConsumer, at: TopicPartition, place: number, stay: object | undefined): Promise<boolean> {
    const { assignment, clock, logger, exclusively } = this.#options;
    try {
      await exclusively(async () => {
        if (assignment.stay(at) !== stay) return;
        await seek(driver, [{ ...at, offset: place }], clock);
        assignment.dropWaiting([at]);
        assignment.start([at]);
        if (assignment.paused([at]).length === 0) driver.resume([at]);
      });
      return true;
    } catch (thrown) {
      logger.debug({ err: thrown }, `cannot begin with ${formatPosition(at)}: ${reason(thrown)}`);
      return false;
    }
  }
}
