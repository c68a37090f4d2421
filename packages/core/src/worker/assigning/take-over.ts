import { asError } from '../../errors/index.js';
import type { Observers } from '../../observers/index.js';
import type { AssignedPartition, Assignment, Flow, PartitionGroup } from '../../partitions/index.js';
import type { TopicPartition } from '../../positions/index.js';
import type { Recovery } from '../../recovery/index.js';
import type { Clock } from '../../time/index.js';
import type { Consumer, GroupPosition } from '../../transport/index.js';
import type { PartitionHooks } from '../partition-hooks.js';
import type { FirstAssignment } from '../readiness.js';
import type { TableNotes } from './table-notes.js';

export interface TakeOverParts {
  readonly assignment: Assignment;
  readonly flow: Flow;
  readonly hooks: PartitionHooks;
  readonly clock: Clock;
  readonly observers: Observers;
  readonly fail: (error: Error) => void;
  readonly consumer: Consumer;
  readonly recovery: Recovery;
  readonly tableNotes: TableNotes;
  /** Whether local state may be used though the consumer group has no offsets for it. */
  readonly acceptReset: boolean;
}

/** Takes partitions over in order: no message → hooks, and recovery of their groups → messages. Each group begins as soon as it can, unless hooks are told of all. */
export class TakeOver {
  readonly #parts: TakeOverParts;
  /** Changes of the assignment whose partitions do not run yet. */
  running = 0;

  constructor(parts: TakeOverParts) {
    this.#parts = parts;
  }

  /**
   * Their messages are held from this turn on.
   * @param isNew whether they have come to this worker, and not begun anew
   * @returns those that run in the end; undefined where all are gone again, or the worker was failed
   */
  async take(partitions: readonly TopicPartition[], isNew = true): Promise<FirstAssignment | undefined> {
    const { assignment, clock, fail } = this.#parts;
    const began = clock.now();
    this.running++;
    try {
      const added = partitions.map((at) => assignment.add(at));
      const entries = await this.#begin(added, isNew);
      const ours = added.filter((partition) => assignment.has(partition)).map(({ topic, partition }) => ({ topic, partition }));
      return ours.length === 0 && added.length > 0 ? undefined : { partitions: ours, entries, ms: clock.now() - began };
    } catch (error) {
      fail(asError(error));
      return undefined;
    } finally {
      this.running--;
    }
  }

  /** @returns how many entries were read */
  async #begin(added: readonly AssignedPartition[], isNew: boolean): Promise<number> {
    const { assignment, flow, hooks } = this.#parts;
    const groups = assignment.groupsOf(added).filter(({ phase }) => phase === 'recovering');
    if (!hooks.areAwaited) return sum(await Promise.all(groups.map((group) => this.#beginGroup(group))));
    flow.hold(added);
    const [, ...entries] = await Promise.all([isNew && hooks.assigned(added), ...groups.map((group) => this.#recover(group))]);
    const ours = () => added.filter((partition) => assignment.has(partition));
    await hooks.recovered(ours());
    flow.release(ours());
    return sum(entries);
  }

  async #beginGroup(group: PartitionGroup): Promise<number | undefined> {
    const { flow } = this.#parts;
    flow.hold(group.partitions);
    const entries = await this.#recover(group);
    if (entries !== undefined) flow.release(group.partitions);
    return entries;
  }

  /** @returns how many entries it has read; undefined when it was given up meanwhile */
  async #recover(group: PartitionGroup): Promise<number | undefined> {
    const { clock, observers, tableNotes } = this.#parts;
    const { set, number } = group;
    const began = clock.now();
    const entries = await group.recover(
      (signal) => this.#committed(group, signal),
      (logs, positions) => tableNotes.compare([...logs.keys()], positions),
    );
    if (entries !== undefined) observers.tell('recovered', { set, number, entries, ms: clock.now() - began });
    return entries;
  }

  /** Where the consumer group has come to with these partitions; undefined where state is to be taken as it is. */
  async #committed({ partitions }: PartitionGroup, signal: AbortSignal): Promise<readonly GroupPosition[] | undefined> {
    const { consumer, recovery, acceptReset } = this.#parts;
    return acceptReset ? undefined : recovery.whenAnswered(() => consumer.committed([...partitions]), signal);
  }
}

function sum(entries: readonly (number | undefined)[]): number {
  return entries.reduce<number>((all, each) => all + (each ?? 0), 0);
}
