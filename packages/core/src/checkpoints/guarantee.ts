import type { Progress } from './progress.js';
import type { StepTimes } from './step-times.js';

/** What the two guarantees do differently in a checkpoint. */
export interface Guarantee {
  /** Has the open transaction aborted at the next checkpoint, and everything since the last one run again. Missing at least once. */
  readonly abort?: (why: Error) => boolean;
  /** A checkpoint begins. */
  begin(): void;
  /** Undefined when progress may be noted in this turn; else it is asked again when this resolves. */
  quiesce(): Promise<void> | undefined;
  /** Why there is nothing to commit: the transaction is to be aborted. */
  readonly aborting?: Error;
  /** Called in the turn in which progress is noted. @returns whether there is anything to commit */
  close(noted: readonly Progress[]): boolean;
  /** Waits until the broker has what was sent, and commits. @param times told of its steps @returns what was committed */
  commit(noted: readonly Progress[], times: StepTimes): Promise<readonly Progress[]>;
  /** The commit has failed, or the transaction is to be aborted: has what must run again run again. @throws what ends the worker */
  recover(error: Error, noted: readonly Progress[], times: StepTimes): Promise<void>;
  /** Called when a checkpoint is done, or its events run again. */
  reopen(): Promise<void>;
  /** The checkpoint has failed in a way that ends the worker: nobody waits any longer. */
  broken(why: Error): void;
}
