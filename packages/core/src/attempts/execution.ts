import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from './attempt.js';

/** Whose code runs. That of a loop moves on with it from one attempt to the next. */
export interface Execution {
  /** Undefined where the code belongs to no event. */
  readonly attempt: Attempt | undefined;
  /** Whether it is a step of a stream before `take`, which runs for events that the loop has not been given. */
  readonly isAheadOfTake?: boolean;
}

/** The only ambient state there is. From its first use on Node follows every promise of the process. */
const executions = new AsyncLocalStorage<Execution>();

const nobody: Execution = { attempt: undefined };

/** Runs code, and all that it begins, as belonging to an execution. */
export function runAs<A, B, T>(execution: Execution, run: (first: A, second: B) => T, first: A, second: B): T {
  return executions.run(execution, run, first, second);
}

/** Whose code is calling; undefined where that belongs to no event. */
export function currentExecution(): Execution | undefined {
  return executions.getStore();
}

/**
 * Runs code as belonging to no event: for what outlives the event that begins it, such as a connection that is opened when it is first needed, or a
 * batch that serves many events. What it sends goes at once, and is not taken back when the event fails.
 */
export function detached<T>(run: () => T): T {
  return executions.getStore() === undefined ? run() : executions.run(nobody, run);
}
