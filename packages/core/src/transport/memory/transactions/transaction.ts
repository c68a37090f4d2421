/** Where messages of a transaction were written. */
export interface TouchedLog {
  /** Writes the marker that ends the transaction. */
  mark(transaction: Transaction, timestamp: number): void;
}

/** Messages that become visible together or not at all. */
export class Transaction {
  readonly #logs = new Set<TouchedLog>();
  #state: 'open' | 'committed' | 'aborted' = 'open';

  get hasMessages(): boolean {
    return this.#logs.size > 0;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isCommitted(): boolean {
    return this.#state === 'committed';
  }

  /** A message of this transaction was written there. */
  touch(log: TouchedLog): void {
    this.#logs.add(log);
  }

  /** Ends it and writes a marker, which takes an offset, into every partition it has touched. */
  end(outcome: 'committed' | 'aborted', timestamp: number): void {
    if (!this.isOpen) return;
    this.#state = outcome;
    for (const log of this.#logs) log.mark(this, timestamp);
  }
}
