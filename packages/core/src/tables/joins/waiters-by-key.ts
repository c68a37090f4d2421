import { Waiters, type Waiting } from './waiters.js';

/** The events of all keys. Those of a key are one object for as long as an attempt goes by it. */
export class WaitersByKey {
  readonly #all = new Map<string, Waiters>();
  /** Those of whom nothing may be left. */
  #empty: Waiters[] = [];

  of(key: string): Waiters {
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    const made = new Waiters(key);
    this.#all.set(key, made);
    this.mayBeEmpty(made);
    return made;
  }

  mayBeEmpty(waiters: Waiters): void {
    if (waiters.isNoted || !waiters.isEmpty) return;
    waiters.isNoted = true;
    this.#empty.push(waiters);
  }

  /** Forgets keys of which nothing is left. */
  forgetEmpty(): void {
    const empty = this.#empty;
    this.#empty = [];
    for (const waiters of empty) {
      waiters.isNoted = false;
      if (waiters.pins > 0) this.mayBeEmpty(waiters);
      else if (waiters.isEmpty && this.#all.get(waiters.key) === waiters) this.#all.delete(waiters.key);
    }
  }

  /** An event stands there again. Its key may have been forgotten meanwhile, and what has come under it since is taken back, too. */
  bringBack(event: Waiting): void {
    const { waiters } = event;
    this.#all.set(waiters.key, waiters);
    if (!waiters.has(event)) waiters.add(event);
  }
}
