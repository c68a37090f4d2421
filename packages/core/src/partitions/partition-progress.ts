import type { ProgressPort, Undelivered } from '../checkpoints/index.js';
import { formatPosition } from '../positions/index.js';
import type { AssignedPartition, PartitionProgress } from './assigned-partition.js';
import type { Assignment } from './assignment.js';

/** Begins partitions again: nothing of them is under way meanwhile. */
export type Rewind = (
  why: Error,
  partitions: readonly AssignedPartition[],
  restart: (partition: AssignedPartition) => void,
) => Promise<void>;

/** The progress of the partitions that are ours. */
export class AssignmentProgress implements ProgressPort {
  /** @param committed told what the group has */
  constructor(
    private readonly assignment: Assignment,
    private readonly rewindTo: Rewind,
    private readonly hasCommitted: (noted: PartitionProgress) => void,
  ) {}

  note(): PartitionProgress[] {
    return [...this.assignment].flatMap((partition) => partition.progress ?? []);
  }

  stillOurs(noted: readonly PartitionProgress[]): PartitionProgress[] {
    return noted.filter(({ partition }) => this.assignment.has(partition));
  }

  without(noted: readonly PartitionProgress[], undelivered: readonly Undelivered[]): PartitionProgress[] {
    return noted.flatMap((each) => each.partition.progressWithout(each, undelivered.filter(isOf(each.partition))) ?? []);
  }

  committed(noted: readonly PartitionProgress[]): void {
    for (const each of noted) {
      each.partition.hasCommitted(each);
      this.hasCommitted(each);
    }
  }

  async runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void> {
    const partitions = [...this.assignment].filter((partition) => undelivered.some((each) => isOf(partition)(each)));
    const completed = new Map(
      partitions.map((partition) => [partition, partition.completedWithout(undelivered.filter(isOf(partition)))] as const),
    );
    await this.rewindTo(why, partitions, (partition) =>
      partition.restart(
        undelivered.filter(isOf(partition)).filter(({ isIsolated }) => isIsolated),
        completed.get(partition),
      ),
    );
  }

  rewind(why: Error, undelivered: readonly Undelivered[] | 'unknown'): Promise<void> {
    return this.rewindTo(why, [...this.assignment], (partition) =>
      partition.restart(undelivered === 'unknown' ? 'all' : undelivered.filter(isOf(partition)).filter(({ isIsolated }) => isIsolated)),
    );
  }

  hurry(): void {
    for (const lane of this.assignment.lanes()) lane.hurry();
  }

  running(): string[] {
    return [...this.assignment].flatMap(({ oldest }) => (oldest === undefined ? [] : [`${oldest.agent} on ${formatPosition(oldest)}`]));
  }
}

/** Of a partition while it has them, and the group has not: an event may have been sent for by a lane before the one that has it now. */
function isOf({ topic, partition, committed, reached }: AssignedPartition): (at: Undelivered) => boolean {
  return (at) => at.topic === topic && at.partition === partition && at.to >= committed && at.from < reached;
}
