/** Keys by the time at which they are due. To take those that are costs what it takes, whatever else there is. */
export class DueIndex {
  readonly #keys = new Map<number, Set<string>>();
  /** The times there are, as a heap: the earliest is first. */
  readonly #times: number[] = [];

  note(key: string, due: number): void {
    const known = this.#keys.get(due);
    if (known !== undefined) known.add(key);
    else {
      this.#keys.set(due, new Set([key]));
      this.#push(due);
    }
  }

  forget(key: string, due: number): void {
    // A time without keys is passed over when its turn comes.
    this.#keys.get(due)?.delete(key);
  }

  /** When the earliest is due; +∞ where there is none. */
  get next(): number {
    while (this.#times.length > 0 && this.#keys.get(this.#times[0])?.size === 0) this.#pop();
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out a key that is due at a time or before: the earliest first. Undefined where there is none. */
  take(now: number): string | undefined {
    if (this.next > now) return undefined;
    const keys = this.#keys.get(this.#times[0]);
    const [key] = keys ?? [];
    keys?.delete(key);
    return key;
  }

  #push(time: number): void {
    const times = this.#times;
    let at = times.push(time) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (times[above] <= time) break;
      times[at] = times[above];
      at = above;
    }
    times[at] = time;
  }

  #pop(): void {
    const times = this.#times;
    this.#keys.delete(times[0]);
    const last = times.pop() as number;
    if (times.length === 0) return;
    let at = 0;
    for (let below = 1; below < times.length; below = 2 * at + 1) {
      if (below + 1 < times.length && times[below + 1] < times[below]) below++;
      if (times[below] >= last) break;
      times[at] = times[below];
      at = below;
    }
    times[at] = last;
  }
}
