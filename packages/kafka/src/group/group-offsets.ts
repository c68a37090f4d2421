import { reason } from '@weir/core/internal/errors';
import type { TopicPartition } from '@weir/core/internal/positions';
import type { GroupPosition } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import type { DriverConsumer, DriverPartition } from '../driver/driver-types.js';
import { codes, driverError, hasCode, transportError } from '../driver/errors.js';
import { plain } from '../driver/partitions.js';

/** How long all partitions together may take to be told. */
const togetherMs = 1_000;
/** How long one may take alone. */
const aloneMs = 200;
/** How many are asked for alone at a time: each holds a thread of the pool. */
const aloneMax = 2;
/** How many that are not told in time end the search: a coordinator is away, or the next round may find more. */
const untoldMax = 10;
/** How long it may take where every answer is needed. */
const allMs = 10_000;

export interface AskedGroup {
  /** The client that is a member of the group. */
  readonly member: () => Pick<DriverConsumer, 'committed'>;
  /** Told what went wrong, at each attempt. */
  readonly warn: (message: string) => void;
}

/**
 * How far a group has come, as its member asks for it.
 *
 * librdkafka (2.15) gives no answer at all while one of the partitions has an open transaction that is about to change its offset; where it looks by
 * itself, it takes that for "there is none" when another rebalance comes in between. The admin client would tell partition by partition, but keeps to a
 * coordinator that is gone, and a question that it has given up on ends the process later, by an assertion.
 */
export class GroupOffsets {
  readonly #asked: AskedGroup;

  constructor(asked: AskedGroup) {
    this.#asked = asked;
  }

  /** What can be told now; other partitions are left out. An offset below 0 says that there is none. */
  async known(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]> {
    if (partitions.length === 0) return [];
    try {
      return await this.#ask(partitions, partitions.length === 1 ? aloneMs : togetherMs);
    } catch (thrown) {
      if (!hasCode(thrown, codes.timedOut)) this.#warn(thrown);
      return hasCode(thrown, codes.timedOut) && partitions.length > 1 ? this.#knownAlone(partitions) : [];
    }
  }

  /**
   * Every one of them; −1 for a partition without one. Waits for open transactions, and for a coordinator.
   * @throws TransportError when one cannot be told in 10 s
   */
  async all(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]> {
    if (partitions.length === 0) return [];
    try {
      return await this.#ask(partitions, allMs, (failure) => {
        throw failure;
      });
    } catch (thrown) {
      throw transportError(thrown, "cannot ask for the group's offsets", 'BROKER_UNREACHABLE');
    }
  }

  async #knownAlone(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]> {
    const known: GroupPosition[] = [];
    const left = [...partitions];
    let untold = 0;
    const askOn = async (): Promise<void> => {
      for (let at = left.shift(); at !== undefined && untold < untoldMax; at = left.shift()) {
        try {
          known.push(...(await this.#ask([at], aloneMs)));
        } catch (thrown) {
          untold += 1;
          if (!hasCode(thrown, codes.timedOut)) this.#warn(thrown);
        }
      }
    };
    await Promise.all(Array.from({ length: aloneMax }, askOn));
    return known;
  }

  /** @param failed what becomes of a partition that cannot be told where others can */
  async #ask(
    partitions: readonly TopicPartition[],
    ms: number,
    failed: (failure: Error) => void = (failure) => this.#warn(failure),
  ): Promise<GroupPosition[]> {
    const member = this.#asked.member();
    const answers = await called<readonly (DriverPartition | Error)[]>(member, (done) => member.committed(partitions.map(plain), ms, done));
    return answers.flatMap((answer) => {
      // In the place of a partition that it cannot tell, the driver has an error.
      if (answer instanceof Error) failed(answer);
      if (answer instanceof Error) return [];
      const { topic, partition, offset, metadata } = answer;
      const noted = typeof metadata === 'string' && metadata !== '' && { metadata };
      return [{ topic, partition, offset: typeof offset === 'number' && offset >= 0 ? offset : -1, ...noted }];
    });
  }

  #warn(thrown: unknown): void {
    this.#asked.warn(`cannot ask how far the group has come: ${reason(driverError(thrown))}`);
  }
}
