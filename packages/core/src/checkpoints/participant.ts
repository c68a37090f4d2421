import type { Producer } from '../transport/index.js';

/** What changelog entries are written to. */
export type ChangelogWriter = Pick<Producer, 'append' | 'send' | 'handOver' | 'isFull' | 'drained'>;

/**
 * What takes part in the checkpoints of a partition group: its local state, with a changelog. It keeps two generations of changes, since work goes on while
 * one of them is written.
 */
export interface CheckpointParticipant {
  /** Whether anything has changed that is not committed. */
  readonly isDirty: boolean;
  /**
   * Called in the turn in which progress is noted: closes the generation of changes so far, and opens the next. One that was closed before, and neither
   * committed nor dropped, is part of it. Must not wait.
   */
  prepare(): void;
  /** Appends the closed generation to its changelog; in slices, so that the thread is free in between. Rejects when an entry cannot be written. */
  write(changelog: ChangelogWriter): Promise<void>;
  /** The closed generation is committed. The next checkpoint begins when this is done. */
  committed(): void | Promise<void>;
  /** The group is rewound to what is committed: both generations go. */
  dropped(): void;
}
