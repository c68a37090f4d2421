import type { TopicPartition } from '../positions/index.js';
import type { GroupPosition } from '../transport/index.js';

/** What was completed of one partition when it was noted. */
export interface Progress {
  readonly position: GroupPosition;
}

/** Offsets of one agent on a partition that are to run again: what was sent for them was not delivered. */
export interface Undelivered extends TopicPartition {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  /** Whether they run in isolation: a message was refused, and others with it. */
  readonly isIsolated: boolean;
}

/** The partitions whose progress is committed. */
export interface ProgressPort {
  /** What is completed now. */
  note(): readonly Progress[];
  /** Of what was noted, that of partitions that are ours and were all the time; one that was lost and came back may be further on. */
  stillOurs(noted: readonly Progress[]): readonly Progress[];
  /** The same without what was not delivered, and without the partitions of which there is nothing left. */
  without(noted: readonly Progress[], undelivered: readonly Undelivered[]): readonly Progress[];
  /** The group has it. */
  committed(noted: readonly Progress[]): void;
  /** Runs again what was not delivered, and nothing that was completed. */
  runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void>;
  /** Runs again everything that is not committed; in isolation what was not delivered, or all of it where that is not known. */
  rewind(why: Error, undelivered: readonly Undelivered[] | 'unknown'): Promise<void>;
  /** Has arrays of events run as they are that wait for more: the transaction waits for their attempts. */
  hurry(): void;
  /** The attempts that have something in the open transaction and are not finished, for messages. */
  running(): readonly string[];
}
