/** One way to do the work, as a program of its own. */
export interface Contestant {
  /** What `--only` and the results call it. */
  readonly name: string;
  readonly title: string;
  readonly command: readonly string[];
  /** Does not commit the offsets of its last messages: its outputs are waited for instead. */
  readonly leavesTail?: boolean;
}
