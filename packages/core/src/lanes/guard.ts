import type { TopicPartition } from '../positions/index.js';

/** Finds out which input ends the process. */
export interface CrashWatch {
  /** Whether it is noted what is in flight: only for a while after a crash. */
  readonly isOn: boolean;
  /**
   * Looks after the events of one lane.
   * @param unfinished the offsets from the oldest to the newest event that was delivered and is not done; undefined without any
   */
  open(agent: string, at: TopicPartition, unfinished: () => { readonly from: number; readonly to: number } | undefined): LaneGuard;
}

/** Notes what one lane has in flight, for the process that comes after this one. */
export interface LaneGuard {
  /** Whether it is noted: only for a while after a crash. */
  readonly isOn: boolean;
  /** Events that were in flight when a process ended: they run in isolation. */
  readonly isolated: readonly { readonly from: number; readonly to: number }[];
  /** How often the process ended with an event in flight. */
  crashes(offset: number): number;
  /** Runs one attempt of some events, from the first to the last. One that was in flight at two crashes has the process to itself. */
  wrap<T>(from: number, to: number, run: () => Promise<T>): Promise<T>;
  /** A loop is given an event. Resolves when it may go on with it. */
  enter(offset: number): Promise<void>;
  /** A loop is done with an event. */
  leave(offset: number): void;
  /** The lane was given up: what it has in flight no longer counts. */
  close(): void;
}
