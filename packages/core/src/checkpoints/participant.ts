/**
 * What takes part in a checkpoint beside the outputs: local state with a changelog. It keeps two generations of changes, since work goes on while one of
 * them is written.
 */
export interface CheckpointParticipant {
  /** Called in the turn in which progress is noted: closes the generation of changes so far, and opens the next. Must not wait. */
  prepare(): void;
  /** Appends the closed generation to its changelog; in slices, so that the thread is free in between. Rejects when an entry cannot be written. */
  write(): Promise<void>;
  /** The closed generation is committed. The next checkpoint begins when this is done. */
  committed(): void | Promise<void>;
  /** The checkpoint has failed, and lanes are rewound: both generations go. */
  dropped(): void;
}
