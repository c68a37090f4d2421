/** The part of a lane that decides which event runs when. */
export interface Runner {
  /** Events wait, or the lane may go on: run what may run now. */
  wake(): void;
  /** The lane takes no more events: bring those that were taken to an end. */
  stop(): void;
  /** Brings unfinished attempts to their ends that have sent something. */
  hurry?(): void;
  /** Whether events wait only for others to fill an array, or until more may pass. */
  readonly holdsBack: boolean;
}
