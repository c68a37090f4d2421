import type { Attempt, Execution } from '../../attempts/index.js';

/** Whose code a loop is: that of the event it is at. What it began and did not await belongs to the event it is at when that runs on. */
export class LoopExecution implements Execution {
  attempt: Attempt | undefined;
}

/** Steps of a stream before `take`: they run for events that the loop has not been given. */
export const aheadOfTake: Execution = { attempt: undefined, isAheadOfTake: true };
