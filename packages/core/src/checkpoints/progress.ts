import { LifecycleError } from '../errors/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { GroupPosition } from '../transport/index.js';
import type { CheckpointParticipant } from './participant.js';

/** What was completed of a partition group when it was noted. */
export interface Progress {
  /** Of each of its partitions that has come further. */
  readonly positions: readonly GroupPosition[];
  /** Its local state, where something of that has changed. */
  readonly state?: CheckpointParticipant;
}

/** Offsets of one agent on a partition that are to run again: what was sent for them was not delivered. */
export interface Undelivered extends TopicPartition {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  /** Whether they run in isolation: a message was refused, and others with it. */
  readonly isIsolated: boolean;
}

/** The partition groups whose progress is committed. A group that begins again drops the changes of its state in the same turn. */
export interface ProgressPort {
  /** What is completed now. */
  note(): readonly Progress[];
  /** Of what was noted, that of groups that are ours and were all the time; one that was lost and came back may be further on. */
  stillOurs(noted: readonly Progress[]): readonly Progress[];
  /** The same without what was not delivered, and without the groups of which there is nothing left: one with state goes as a whole. */
  without(noted: readonly Progress[], undelivered: readonly Undelivered[]): readonly Progress[];
  /** The group has it. */
  committed(noted: readonly Progress[]): void;
  /** Runs again what was not delivered, and nothing that was completed; groups with state from what is committed. */
  runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void>;
  /** Runs again everything that is not committed; in isolation what was not delivered, or all of it where that is not known. */
  rewind(why: Error, undelivered: readonly Undelivered[] | 'unknown'): Promise<void>;
  /** Has arrays of events run as they are that wait for more: the transaction waits for their attempts. */
  hurry(): void;
  /** The attempts that have something in the open transaction and are not finished, for messages. */
  running(): readonly string[];
}

/**
 * The group would take offsets of a partition that was lost and is ours again: we speak with its new generation, and its new owner has begun without what was
 * noted.
 * @throws LifecycleError where that is so of any
 */
export function mustBeOurs(progress: ProgressPort, noted: readonly Progress[]): void {
  if (progress.stillOurs(noted).length < noted.length) throw new LifecycleError('partitions were lost');
}

/** The group has it: so has the state that was noted with it. */
export async function concluded(progress: ProgressPort, committed: readonly Progress[]): Promise<void> {
  progress.committed(committed);
  for (const { state } of committed) await state?.committed();
}
