import type { WrittenDefinition } from '../../definitions/index.js';
import type { Assignment } from '../../partitions/index.js';
import type { Clock } from '../../time/index.js';
import type { PartitionTick, StateDescription } from '../../topology/index.js';
import type { GroupAttempts } from './group-attempts.js';

export interface PerPartitionParts {
  readonly states: readonly StateDescription[];
  readonly assignment: Assignment;
  readonly attempts: GroupAttempts;
  readonly clock: Clock;
}

/** Runs members of components once for each part of a table. */
export class PerPartition {
  readonly #parts: PerPartitionParts;

  constructor(parts: PerPartitionParts) {
    this.#parts = parts;
  }

  /** @returns what it failed with, of each part */
  async run(table: WrittenDefinition, name: string, run: (tick: PartitionTick) => unknown): Promise<readonly unknown[]> {
    const { states, assignment, attempts, clock } = this.#parts;
    const set = states.find(({ tables }) => tables?.includes(table))?.name;
    const groups = [...assignment.groups()].filter((group) => group.set === set);
    const failures: unknown[] = [];
    const runOf = (partition: number) => (signal: AbortSignal) => ({ partition, time: clock.now(), signal });
    await Promise.all(
      groups.map((group) => attempts.run(group, { name, run }, runOf(group.number)).catch((error) => failures.push(error))),
    );
    return failures;
  }
}
