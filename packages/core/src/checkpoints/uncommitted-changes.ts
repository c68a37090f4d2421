/** What may be changed and not committed, unless somebody says otherwise. */
const maxBytesStandard = 32 * 1024 * 1024;

/** Who hears of it. */
export interface ChangesListener {
  /** Half of what there may be is there: a checkpoint should come at once. */
  hurry(): void;
  /** There may be more again. */
  eased(): void;
}

/**
 * Counts the bytes of all changes of local state in a worker that no checkpoint has committed and stored. While they are too many no attempt begins: memory
 * stays bounded, whatever keeps checkpoints from being made.
 */
export class UncommittedChanges {
  readonly #listener: ChangesListener;
  readonly #maxBytes: number;
  #bytes = 0;
  /** Whether a checkpoint was asked for, and nothing was committed since. */
  #isAsked = false;

  constructor(listener: ChangesListener, maxBytes = maxBytesStandard) {
    this.#listener = listener;
    this.#maxBytes = maxBytes;
  }

  /** Whether no attempt may begin. */
  get isFull(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** There are more, or with a negative number less: committed, or taken back. */
  change(bytes: number): void {
    const wasFull = this.isFull;
    this.#bytes += bytes;
    if (bytes > 0) {
      if (this.#isAsked || this.#bytes < this.#maxBytes / 2) return;
      this.#isAsked = true;
      this.#listener.hurry();
    } else {
      this.#isAsked = false;
      if (wasFull && !this.isFull) this.#listener.eased();
    }
  }
}
