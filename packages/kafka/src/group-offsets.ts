import { type Position, reason, type TopicPartition } from '@weir/core/errors';
import { called, type DriverAdmin, type DriverGroupOffsets } from './driver-types.js';
import { plain } from './partitions.js';

const answerMs = 2_000;

/** How far a group has come. An offset below 0 says that it has none. */
export type GroupOffsets = (partitions: readonly TopicPartition[]) => Promise<readonly Position[]>;

export interface AskedGroup {
  readonly admin: DriverAdmin;
  readonly group: string;
  /** Whether what an open transaction is about to change is not known yet. */
  readonly isStable: boolean;
  /** Told what went wrong, at each attempt. */
  readonly warn: (message: string) => void;
}

/**
 * Asks for the offsets of a group, partition by partition; one that cannot be told now is left out.
 *
 * librdkafka (2.15) could ask by itself, but takes "an open transaction is about to change it" for "there is none" where another rebalance comes in
 * between: the partition is then read from its beginning again.
 */
export function groupOffsets({ admin, group, isStable, warn }: AskedGroup): GroupOffsets {
  return async (partitions) => {
    if (partitions.length === 0) return [];
    const asked = [{ groupId: group, partitions: partitions.map(plain) }];
    try {
      const options = { timeout: answerMs, requireStableOffsets: isStable };
      const [answer] = await called<DriverGroupOffsets[]>((done) => admin.listConsumerGroupOffsets(asked, options, done));
      if (answer.error) throw answer.error;
      return answer.partitions.flatMap(({ topic, partition, offset, error }) =>
        error ? [] : [{ topic, partition, offset: offset ?? -1 }],
      );
    } catch (thrown) {
      warn(`cannot ask how far the group has come: ${reason(thrown)}`);
      return [];
    }
  };
}
