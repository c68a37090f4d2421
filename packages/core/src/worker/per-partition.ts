import { Attempt, type AttemptLane, type Outputs, runAs } from '../attempts/index.js';
import type { WrittenDefinition } from '../definitions/index.js';
import { reason } from '../errors/index.js';
import type { Alone, Assignment, PartitionGroup } from '../partitions/index.js';
import type { Clock } from '../time/index.js';
import type { PartitionTick, StateDescription } from '../topology/index.js';

/** How long handlers may keep a tick waiting. Nothing begins in their partition meanwhile. */
const busyMs = 5_000;

export interface PerPartitionParts {
  readonly states: readonly StateDescription[];
  readonly assignment: Assignment;
  readonly outputs: Outputs;
  readonly clock: Clock;
  /** Has the open transaction aborted. Not called at least once. */
  readonly abort: (why: Error) => void;
  readonly isExact: boolean;
}

/** Runs members of components once for each part of a table, each run an attempt: its changes and messages are committed together. */
export class PerPartition {
  readonly #parts: PerPartitionParts;

  constructor(parts: PerPartitionParts) {
    this.#parts = parts;
  }

  /** @returns what it failed with, of each part */
  async run(table: WrittenDefinition, name: string, run: (tick: PartitionTick) => unknown): Promise<readonly unknown[]> {
    const { states, assignment, clock } = this.#parts;
    const set = states.find(({ tables }) => tables?.includes(table))?.name;
    const groups = [...assignment.groups()].filter((group) => group.set === set);
    const failures: unknown[] = [];
    await Promise.all(
      groups.map((group) =>
        group.alone((only) => this.#attempt(group, name, run, only), clock, busyMs).catch((error) => failures.push(error)),
      ),
    );
    return failures;
  }

  async #attempt(group: PartitionGroup, name: string, run: (tick: PartitionTick) => unknown, only: Alone): Promise<void> {
    const { outputs, clock, isExact, abort } = this.#parts;
    const tick = { partition: group.number, time: clock.now(), signal: only.signal };
    // What is refused of it takes back all that its group has not committed, whatever the offsets.
    const attempt = new Attempt(outputs, laneOf(group, name, only), -1, Number.POSITIVE_INFINITY, false);
    try {
      await runAs(attempt, run, tick, undefined);
      if (attempt.isRunning) outputs.succeed(attempt);
    } catch (error) {
      if (isExact && attempt.hasSent) abort(new Error(`${name} failed after it had sent something: ${reason(error)}`));
      outputs.fail(attempt);
      throw error;
    }
  }
}

function laneOf({ number, partitions }: PartitionGroup, name: string, { isOver }: Alone): AttemptLane {
  const [{ topic }] = partitions;
  return {
    topic,
    partition: number,
    agent: { name },
    get isAbandoned() {
      return isOver();
    },
  };
}
