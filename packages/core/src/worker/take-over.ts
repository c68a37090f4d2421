import { asError } from '../errors/index.js';
import type { Observers } from '../observers/index.js';
import type { Assignment, Flow, PartitionGroup } from '../partitions/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { PartitionHooks } from './partition-hooks.js';

export interface TakeOverParts {
  readonly assignment: Assignment;
  readonly flow: Flow;
  readonly hooks: PartitionHooks;
  readonly clock: Clock;
  readonly observers: Observers;
  readonly fail: (error: Error) => void;
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
   * Resolves when the partitions run, or are gone again. Their messages are held from this turn on.
   * @param isNew whether they have come to this worker, and not begun anew
   */
  async take(partitions: readonly TopicPartition[], isNew = true): Promise<void> {
    this.running++;
    try {
      await this.#take(partitions, isNew);
    } catch (error) {
      this.#parts.fail(asError(error));
    }
    this.running--;
  }

  async #take(partitions: readonly TopicPartition[], isNew: boolean): Promise<void> {
    const { assignment, flow, hooks } = this.#parts;
    const added = partitions.map((at) => assignment.add(at));
    const groups = assignment.groupsOf(partitions).filter(({ phase }) => phase === 'recovering');
    if (!hooks.areAwaited) {
      await Promise.all(groups.map((group) => this.#begin(group)));
      return;
    }
    flow.hold(added);
    await Promise.all([isNew && hooks.assigned(partitions), ...groups.map((group) => this.#recover(group))]);
    const ours = () => added.filter((partition) => assignment.has(partition));
    await hooks.recovered(ours());
    flow.release(ours());
  }

  async #begin(group: PartitionGroup): Promise<void> {
    const { flow } = this.#parts;
    flow.hold(group.partitions);
    if (await this.#recover(group)) flow.release(group.partitions);
  }

  /** @returns whether it has its state; not when it was given up meanwhile */
  async #recover(group: PartitionGroup): Promise<boolean> {
    const { clock, observers } = this.#parts;
    const { set, number } = group;
    const began = clock.now();
    const entries = await group.recover();
    if (entries === undefined) return false;
    observers.tell('recovered', { set, number, entries, ms: clock.now() - began });
    return true;
  }
}
