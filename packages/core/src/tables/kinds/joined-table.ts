import type { StoreRange } from '../../stores/index.js';
import { ScannedTable } from '../scanned-table.js';
import type { TableEntries } from '../table.js';

/** What a join is bound with. */
export interface JoinedTableParts {
  readonly name: string;
  readonly left: ScannedTable;
  readonly right: ScannedTable;
  readonly isLeft: boolean;
  readonly combine: (left: unknown, right: unknown) => unknown;
}

type Entry = readonly [key: unknown, value: unknown];

/** Two tables under one key, asked when this one is read. */
export class JoinedTable extends ScannedTable {
  readonly #parts: JoinedTableParts;

  constructor(parts: JoinedTableParts) {
    super();
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get(key: unknown): unknown {
    const { left, right, isLeft, combine } = this.#parts;
    if (!left.has(key)) return undefined;
    if (right.has(key)) return combine(left.get(key), right.get(key)) ?? undefined;
    return isLeft ? (combine(left.get(key), undefined) ?? undefined) : undefined;
  }

  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }

  bytesOf(key: unknown): Buffer {
    return this.#parts.left.bytesOf(key);
  }

  scan(range: StoreRange = {}): TableEntries<unknown, unknown> {
    const { left, right } = this.#parts;
    const sides = [left.scan(range), right.scan(range)] as const;
    return {
      [Symbol.iterator]: () => this.#joined(sides[0][Symbol.iterator](), sides[1][Symbol.iterator]()),
      [Symbol.asyncIterator]: () => this.#joinedLater(sides[0][Symbol.asyncIterator](), sides[1][Symbol.asyncIterator]()),
    } as TableEntries<unknown, unknown>;
  }

  *#joined(left: Iterator<Entry>, right: Iterator<Entry>): Generator<Entry> {
    let [one, other] = [left.next(), right.next()];
    for (; one.done !== true; one = left.next()) {
      while (other.done !== true && this.#order(other.value, one.value) < 0) other = right.next();
      yield* this.#pair(one.value, other.done === true ? undefined : other.value);
    }
  }

  async *#joinedLater(left: AsyncIterator<Entry>, right: AsyncIterator<Entry>): AsyncGenerator<Entry> {
    try {
      // Both begin in one turn: they are of one moment.
      let [one, other] = await Promise.all([left.next(), right.next()]);
      for (; one.done !== true; one = await left.next()) {
        while (other.done !== true && this.#order(other.value, one.value) < 0) other = await right.next();
        yield* this.#pair(one.value, other.done === true ? undefined : other.value);
      }
    } finally {
      await left.return?.();
      await right.return?.();
    }
  }

  #order([one]: Entry, [other]: Entry): number {
    return Buffer.compare(this.bytesOf(one), this.bytesOf(other));
  }

  /** What comes of an entry of the left table, and of the first of the right one that does not come before it. */
  *#pair(left: Entry, right: Entry | undefined): Generator<Entry> {
    const { isLeft, combine } = this.#parts;
    const isMet = right !== undefined && this.#order(left, right) === 0;
    if (!isMet && !isLeft) return;
    const value = combine(left[1], isMet ? right[1] : undefined) ?? undefined;
    if (value !== undefined) yield [left[0], value];
  }

  /** Counts what is there now. @throws StateError `OPERATION_UNSUPPORTED` where tables are on disk */
  get size(): number {
    return [...this.scan()].length;
  }
}
