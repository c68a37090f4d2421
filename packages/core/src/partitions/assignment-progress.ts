import type { ProgressPort, Undelivered } from '../checkpoints/index.js';
import { type CompletedBy, formatPosition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import { AssignedPartition, type PartitionProgress } from './assigned-partition.js';
import type { Assignment } from './assignment.js';
import type { DerivedPartition } from './derived-partition.js';
import type { GroupProgress, PartitionGroup } from './partition-group.js';

/** Begins groups again: nothing of them is under way meanwhile. */
export type Rewind = (
  why: Error,
  groups: readonly PartitionGroup[],
  restart: (partition: AssignedPartition | DerivedPartition) => void,
) => Promise<void>;

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
      if (!undelivered.some((at) => each.group.covers(at))) return each;
      if (each.group.goesBackWhole(undelivered)) return [];
      const partitions = each.partitions.flatMap(
        (noted) =>
          noted.partition.progressWithout(
            noted,
            undelivered.filter((at) => noted.partition.covers(at)),
          ) ?? [],
      );
      return each.group.progressOf(partitions, false) ?? [];
    });
  }

  committed(noted: readonly GroupProgress[]): void {
    for (const each of noted) each.group.hasCommitted(each);
    this.hasCommitted(noted.flatMap((each) => each.partitions));
  }

  async runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void> {
    const groups = [...this.assignment.groups()].filter((group) => undelivered.some((at) => group.covers(at)));
    const completed = new Map<AssignedPartition, CompletedBy>();
    for (const group of groups)
      for (const partition of group.goesBackWhole(undelivered) ? [] : group.partitions)
        completed.set(partition, partition.completedWithout(undelivered.filter((at) => partition.covers(at))));
    await this.rewindTo(why, groups, (partition) =>
      partition instanceof AssignedPartition
        ? partition.restart(isolatedOf(partition, undelivered), completed.get(partition))
        : partition.restart(isolatedOf(partition, undelivered)),
    );
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

/** What runs in isolation after a rewind. */
function isolatedOf(partition: AssignedPartition | DerivedPartition, undelivered: readonly Undelivered[]): Undelivered[] {
  return undelivered.filter((at) => at.isIsolated && partition.covers(at));
}
