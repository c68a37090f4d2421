import type { Logger } from 'pino';
import type { Checkpoint } from '../checkpoints/index.js';
import { LifecycleError, reason } from '../errors/index.js';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import { type Clock, formatMs, within } from '../time/index.js';
import type { AssignedPartition } from './assigned-partition.js';
import type { Assignment } from './assignment.js';
import type { PartitionGroup } from './partition-group.js';

/** Gives partitions back in order: stop dispatching → finish what runs → checkpoint → release. */
export class HandOver {
  constructor(
    private readonly assignment: Assignment,
    private readonly checkpoint: Checkpoint,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the partitions may be released. Never rejects. */
  async revoke(at: readonly TopicPartition[], limitMs: number): Promise<void> {
    const groups = this.assignment.groupsOf(at);
    if (groups.length > 0) {
      await this.drain(groups, limitMs);
      await this.checkpoint
        .run()
        .catch((error) =>
          this.logger.error({ error: reason(error) }, 'handed over without a commit: the next owner repeats what was not committed'),
        );
    }
    for (const partition of this.assignment.remove(at))
      partition.abandon(new LifecycleError(`${formatPosition(partition)} was handed over`));
  }

  /** Partitions that went without asking: nothing of theirs is committed any more. */
  lose(at: readonly TopicPartition[]): void {
    this.checkpoint.abort(new LifecycleError('partitions were lost'));
    for (const partition of this.assignment.remove(at))
      partition.abandon(new LifecycleError(`${formatPosition(partition)} was lost to another worker`));
  }

  /** Partitions that are others from now on, under the same names: what was begun of those before does not count. @returns those that were ours */
  replace(partitions: readonly AssignedPartition[]): AssignedPartition[] {
    const before = partitions.filter((partition) => this.assignment.has(partition));
    const why = new LifecycleError('its topic was deleted and made anew');
    if (before.length > 0) this.checkpoint.abort(why);
    for (const partition of this.assignment.remove(before)) partition.abandon(why);
    return before;
  }

  /** Begins no further event of these groups and waits for those that run. Returns what still ran when the time was up. */
  async drain(groups: Iterable<PartitionGroup>, limitMs: number): Promise<string[]> {
    const draining = [...groups];
    for (const group of draining) group.drain();
    const quiet = Promise.all(draining.map((group) => group.quiet()));
    if ((await within(this.clock, limitMs, quiet, 'late')) !== 'late') return [];
    const left = draining.flatMap((group) => [...group.lanes()].flatMap((lane) => [...lane.running()]));
    const abandoned = left.map(
      (event) => `${event.agent} on ${formatPosition(event)}, running for ${formatMs(this.clock.now() - event.since)}`,
    );
    this.logger.error({ abandoned }, `handlers still ran after ${formatMs(limitMs)}: their events are left to the next owner`);
    for (const group of draining) group.abandon(new LifecycleError('the partition is being handed over'));
    this.checkpoint.abort(new LifecycleError('handlers were abandoned'));
    return abandoned;
  }
}
