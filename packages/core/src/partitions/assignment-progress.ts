import type { ProgressPort, Undelivered } from '../checkpoints/index.js';
import { type CompletedBy, formatPosition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { AssignedPartition, PartitionProgress } from './assigned-partition.js';
import type { Assignment } from './assignment.js';
import type { GroupProgress, PartitionGroup } from './partition-group.js';

/** Begins groups again: nothing of them is under way meanwhile. */
export type Rewind = (why: Error, groups: readonly PartitionGroup[], restart: (partition: AssignedPartition) => void) => Promise<void>;

/**
 * After how long what has not changed is committed again, in milliseconds. The broker drops offsets some days after their last commit
 * (`offsets.retention.minutes`), also while the group is alive: of topics that follow others, it knows nothing.
 */
const renewMs = 60 * 60 * 1000;

/** The progress of the partition groups that are ours. */
export class AssignmentProgress implements ProgressPort {
  #renewedAt: number;

  /** @param committed told what the group has */
  constructor(
    private readonly assignment: Assignment,
    private readonly rewindTo: Rewind,
    private readonly hasCommitted: (noted: readonly PartitionProgress[]) => void,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.#renewedAt = clock.now();
  }

  note(): GroupProgress[] {
    if (this.clock.now() - this.#renewedAt >= renewMs) {
      this.#renewedAt = this.clock.now();
      for (const partition of this.assignment) partition.renew();
    }
    return [...this.assignment.groups()].flatMap(({ progress }) => progress ?? []);
  }

  stillOurs(noted: readonly GroupProgress[]): GroupProgress[] {
    return noted.filter(({ group, partitions }) => group.isOurs && partitions.every(({ partition }) => this.assignment.has(partition)));
  }

  /** The changes of a group's state are those of all its attempts: what was not delivered for one takes back all of them. */
  without(noted: readonly GroupProgress[], undelivered: readonly Undelivered[]): GroupProgress[] {
    return noted.flatMap((each) => {
      if (!isAnyOf(each.group, undelivered)) return each;
      if (each.group.state !== undefined) return [];
      const partitions = each.partitions.flatMap(
        (noted) => noted.partition.progressWithout(noted, undelivered.filter(isOf(noted.partition))) ?? [],
      );
      return each.group.progressOf(partitions, false) ?? [];
    });
  }

  committed(noted: readonly GroupProgress[]): void {
    const partitions = noted.flatMap((each) => each.partitions);
    for (const each of partitions) each.partition.hasCommitted(each);
    this.hasCommitted(partitions);
  }

  async runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void> {
    const groups = [...this.assignment.groups()].filter((group) => isAnyOf(group, undelivered));
    const completed = new Map<AssignedPartition, CompletedBy>();
    for (const { state, partitions } of groups)
      for (const partition of state === undefined ? partitions : [])
        completed.set(partition, partition.completedWithout(undelivered.filter(isOf(partition))));
    await this.rewindTo(why, groups, (partition) => partition.restart(isolatedOf(partition, undelivered), completed.get(partition)));
  }

  rewind(why: Error, undelivered: readonly Undelivered[] | 'unknown'): Promise<void> {
    return this.rewindTo(why, [...this.assignment.groups()], (partition) =>
      partition.restart(undelivered === 'unknown' ? 'all' : isolatedOf(partition, undelivered)),
    );
  }

  hurry(): void {
    for (const lane of this.assignment.lanes()) lane.hurry();
  }

  running(): string[] {
    return [...this.assignment].flatMap(({ oldest }) => (oldest === undefined ? [] : [`${oldest.agent} on ${formatPosition(oldest)}`]));
  }
}

function isAnyOf({ partitions }: PartitionGroup, undelivered: readonly Undelivered[]): boolean {
  return [...partitions].some((partition) => undelivered.some(isOf(partition)));
}

/** What runs in isolation after a rewind. */
function isolatedOf(partition: AssignedPartition, undelivered: readonly Undelivered[]): Undelivered[] {
  return undelivered.filter(isOf(partition)).filter(({ isIsolated }) => isIsolated);
}

/** Of a partition while it has them, and the group has not: an event may have been sent for by a lane before the one that has it now. */
function isOf({ topic, partition, committed, reached }: AssignedPartition): (at: Undelivered) => boolean {
  return (at) => at.topic === topic && at.partition === partition && at.to >= committed && at.from < reached;
}
