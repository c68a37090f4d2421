import { Attempt, type AttemptLane, type Outputs, runAs } from '../../attempts/index.js';
import { reason } from '../../errors/index.js';
import type { Alone, PartitionGroup } from '../../partitions/index.js';
import type { Clock } from '../../time/index.js';

/** How long handlers may keep a tick waiting. Where there is state, nothing begins in their partition meanwhile. */
const busyMs = 5_000;

/** Name under which it is noted that any was run. */
const untimed = '';

export interface GroupAttemptsParts {
  readonly outputs: Outputs;
  readonly clock: Clock;
  /** Has the open transaction aborted. Not called at least once. */
  readonly abort: (why: Error) => void;
  readonly isExact: boolean;
}

/** What runs as an attempt of a whole partition group. */
export interface GroupAttempt<T> {
  /** Of the member, for messages. */
  readonly name: string;
  /** Whether each of its messages goes alone, and is waited for before it succeeds: one that is refused fails it and nothing else. @default false */
  readonly isIsolated?: boolean;
  readonly run: (tick: T) => unknown;
  /** Called in the turn in which it succeeds. */
  readonly succeeded?: () => void;
}

/** Runs members of components as attempts of whole partition groups: what each writes and sends is committed together, or not at all. */
export class GroupAttempts {
  readonly #parts: GroupAttemptsParts;

  constructor(parts: GroupAttemptsParts) {
    this.#parts = parts;
  }

  /**
   * @param tick what it is given
   * @returns whether it ran to its end and counts. Rejects with what it failed with
   */
  async run<T>(group: PartitionGroup, given: GroupAttempt<T>, tick: (signal: AbortSignal) => T): Promise<boolean> {
    let counts = false;
    const run = async (only: Alone) => {
      counts = await this.#attempt(group, given, tick(only.signal), only);
    };
    await group.alone(run, this.#parts.clock, busyMs);
    return counts;
  }

  async #attempt<T>(
    group: PartitionGroup,
    { name, isIsolated = false, run, succeeded }: GroupAttempt<T>,
    tick: T,
    only: Alone,
  ): Promise<boolean> {
    const { outputs, isExact, abort } = this.#parts;
    // What is refused of it takes back all that its group has not committed, whatever the offsets.
    const attempt = new Attempt(outputs, laneOf(group, name, only), -1, Number.POSITIVE_INFINITY, isIsolated);
    try {
      await runAs(attempt, run, tick, undefined);
      if (isIsolated && attempt.isRunning) await outputs.confirm(attempt);
      if (!attempt.isRunning) return false;
      const hasEffects = attempt.hasSent || attempt.hasStaged || attempt.writes !== undefined;
      outputs.succeed(attempt);
      if (hasEffects) this.#hold(group);
      succeeded?.();
      return true;
    } catch (error) {
      if (isExact && attempt.hasSent && attempt.isRunning) abort(new Error(`${name} failed after it had sent something: ${reason(error)}`));
      const { isClosed } = attempt;
      outputs.fail(attempt);
      if (isClosed) return false;
      throw error;
    }
  }

  /** It has no offset of its own: with a note one of its group is committed with what it has sent, which says whether the group is still ours. */
  #hold({ partitions }: PartitionGroup): void {
    const [{ ticks }] = partitions;
    ticks.note(untimed, Math.max(this.#parts.clock.now(), (ticks.of(untimed) ?? 0) + 1));
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
