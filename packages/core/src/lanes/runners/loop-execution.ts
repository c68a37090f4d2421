import type { Attempt, Execution } from '../../attempts/index.js';

/** Whose code a loop is: that of the event it is at. What it began and did not await belongs to the event it is at when that runs on. */
export class LoopExecution implements Execution {
  attempt: Attempt | undefined;
}

/** Whose code the steps of a stream before `take` are: at least once that of the event taken last, which the loop has not been given. */
export class AheadExecution implements Execution {
  readonly isAheadOfTake = true;
  attempt: Attempt | undefined;
}
