/** The part of a lane that decides which event runs when. */
export interface Runner {
  /** Events wait, or the lane may go on: run what may run now. */
  wake(): void;
  /** The lane takes nothing for now: bring to an end what cannot wait for others. */
  rests?(): void;
  /** The lane takes no more events: bring those that were taken to an end. */
  stop(): void;
  /** The lane is given up: begin none of the events that were taken. */
  drop(): void;
  /** Whether events were taken from the lane and have not begun. */
  readonly hasTaken: boolean;
  /** Whether events wait only for others to fill an array. */
  readonly isGathering: boolean;
  /** Whether as many run as may. Missing where one runs. */
  readonly isFull?: boolean;
  /** Whether all that have begun wait for their retries. Missing where nothing else runs while one waits. */
  readonly isPaused?: boolean;
}
