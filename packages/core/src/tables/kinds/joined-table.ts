import type { JoinType } from '../../definitions/index.js';
import type { StoreRange } from '../../stores/index.js';
import { ScannedTable } from '../scanned-table.js';
import type { TableEntries } from '../table.js';

/** What a join is bound with. */
export interface JoinedTableParts {
  readonly name: string;
  readonly left: ScannedTable;
  readonly right: ScannedTable;
  readonly type: JoinType;
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
    const { left, right, type } = this.#parts;
    const [isLeft, isRight] = [left.has(key), (type === 'outer' || left.has(key)) && right.has(key)];
    return this.#combined(isLeft ? [key, left.get(key)] : undefined, isRight ? [key, right.get(key)] : undefined);
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
    while (this.#goesOn(one, other)) {
      const order = this.#order(one, other);
      yield* this.#entry(order <= 0 ? one.value : undefined, order >= 0 ? other.value : undefined);
      if (order <= 0) one = left.next();
      if (order >= 0) other = right.next();
    }
  }

  async *#joinedLater(left: AsyncIterator<Entry>, right: AsyncIterator<Entry>): AsyncGenerator<Entry> {
    try {
      // Both begin in one turn: they are of one moment.
      let [one, other] = await Promise.all([left.next(), right.next()]);
      while (this.#goesOn(one, other)) {
        const order = this.#order(one, other);
        yield* this.#entry(order <= 0 ? one.value : undefined, order >= 0 ? other.value : undefined);
        if (order <= 0) one = await left.next();
        if (order >= 0) other = await right.next();
      }
    } finally {
      await left.return?.();
      await right.return?.();
    }
  }

  #goesOn(one: IteratorResult<Entry>, other: IteratorResult<Entry>): boolean {
    return one.done !== true || (other.done !== true && this.#parts.type === 'outer');
  }

  /** Below 0 when the left table comes first, 0 when both have the key. What is at its end comes last. */
  #order(one: IteratorResult<Entry>, other: IteratorResult<Entry>): number {
    if (one.done === true) return 1;
    if (other.done === true) return -1;
    return Buffer.compare(this.bytesOf(one.value[0]), this.bytesOf(other.value[0]));
  }

  /** What comes of a key that is in one of the two, or in both. */
  *#entry(left: Entry | undefined, right: Entry | undefined): Generator<Entry> {
    const value = this.#combined(left, right);
    if (value !== undefined) yield [(left ?? (right as Entry))[0], value];
  }

  #combined(left: Entry | undefined, right: Entry | undefined): unknown {
    const { type, combine } = this.#parts;
    if (left === undefined ? right === undefined || type !== 'outer' : right === undefined && type === 'inner') return undefined;
    return combine(left?.[1], right?.[1]) ?? undefined;
  }

  /** Counts what is there now. @throws StateError `OPERATION_UNSUPPORTED` where tables are on disk */
  get size(): number {
    return [...this.scan()].length;
  }
}
