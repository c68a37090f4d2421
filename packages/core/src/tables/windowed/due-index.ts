/** Keys by the time at which they are due. To take those that are costs what it takes, whatever else there is. */
export class DueIndex {
  /** Those of each time: most times have one alone, or very many. */
  readonly #keys = new Map<number, string | Set<string>>();
  /** The times there are, as a heap: the earliest is first. */
  readonly #times: number[] = [];
  /** Goes over the keys of the earliest time. */
  #hand: Iterator<string> | undefined;

  note(key: string, due: number): void {
    const known = this.#keys.get(due);
    if (known === undefined) {
      this.#keys.set(due, key);
      this.#push(due);
    } else if (typeof known !== 'string') known.add(key);
    else if (known !== key) this.#keys.set(due, new Set([known, key]));
  }

  forget(key: string, due: number): void {
    // A time without keys is passed over when its turn comes.
    const known = this.#keys.get(due);
    if (known === key) this.#keys.set(due, new Set());
    else if (typeof known === 'object') known.delete(key);
  }

  /** When the earliest is due; +∞ where there is none. */
  get next(): number {
    while (this.#times.length > 0 && this.#isEmpty(this.#times[0])) this.#pop();
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  #isEmpty(time: number): boolean {
    const known = this.#keys.get(time);
    return typeof known === 'object' && known.size === 0;
  }

  /** Takes out a key that is due at a time or before: the earliest first. Undefined where there is none. */
  take(now: number): string | undefined {
    if (this.next > now) return undefined;
    const keys = this.#keys.get(this.#times[0]);
    if (typeof keys === 'string') {
      this.#pop();
      return keys;
    }
    return keys && this.#takeFrom(keys);
  }

  /** From the beginning each time it would have to pass over all that were taken before. */
  #takeFrom(keys: Set<string>): string | undefined {
    this.#hand ??= keys.values();
    let { value } = this.#hand.next();
    if (value === undefined) {
      this.#hand = keys.values();
      value = this.#hand.next().value;
    }
    if (value !== undefined) keys.delete(value);
    return value;
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
    if (at === 0) this.#hand = undefined;
  }

  #pop(): void {
    const times = this.#times;
    this.#hand = undefined;
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
