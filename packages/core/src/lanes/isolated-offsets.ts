/** Offsets of one lane, as few ranges. */
export class IsolatedOffsets {
  #ranges: { readonly from: number; readonly to: number }[] = [];

  /** Takes in everything from one offset to another, both included. */
  add(from: number, to: number): void {
    if (to >= from && !this.#ranges.some((range) => range.from <= from && to <= range.to)) this.#ranges.push({ from, to });
  }

  has(offset: number): boolean {
    return this.#ranges.length > 0 && this.#ranges.some(({ from, to }) => from <= offset && offset <= to);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Forgets what lies below one offset, or at another and beyond. */
  endAt(below: number, end: number): void {
    if (this.#ranges.length === 0) return;
    this.#ranges = this.#ranges
      .map(({ from, to }) => ({ from, to: Math.min(to, end - 1) }))
      .filter(({ from, to }) => to >= below && to >= from);
  }
}
