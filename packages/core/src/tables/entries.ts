import type { Cell } from './cell.js';
import type { Shard } from './shard.js';
import { Slices } from './slices.js';
import type { TableEntries } from './table.js';
import type { TableWrites } from './table-writes.js';

/** Which keys are meant, by their bytes; they come in the order of these. */
export type KeyFilter = (key: Buffer) => boolean;

interface Found {
  readonly shard: Shard;
  readonly cell: Cell;
  readonly value: unknown;
}

/** The entries of shards that were there when somebody began to iterate. */
export class Entries implements TableEntries<unknown, unknown> {
  readonly #shards: readonly Shard[];
  readonly #writes: TableWrites | undefined;
  readonly #isMeant: KeyFilter | undefined;

  /**
   * @param writes those of the attempt that reads; missing outside of events
   * @param isMeant missing: all, in no order
   */
  constructor(shards: readonly Shard[], writes: TableWrites | undefined, isMeant?: KeyFilter) {
    this.#shards = shards;
    this.#writes = writes;
    this.#isMeant = isMeant;
  }

  *[Symbol.iterator](): Generator<[unknown, unknown]> {
    for (const { shard, cell, value } of this.#snapshot()) yield [shard.format.key(cell.key), shard.decoded(cell, value)];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[unknown, unknown]> {
    const slices = new Slices();
    for (const entry of this) {
      yield entry;
      if (slices.isOver()) await slices.next();
    }
  }

  /** Values are never changed in place: to hold them is to keep them as they are. */
  #snapshot(): Found[] {
    const found: Found[] = [];
    for (const shard of this.#shards) {
      this.#writes?.scan(shard);
      for (const cell of shard.cells()) {
        const value = this.#writes === undefined ? cell.value : this.#writes.peek(cell);
        if (value !== undefined) found.push({ shard, cell, value });
      }
    }
    return this.#isMeant === undefined ? found : inOrder(found, this.#isMeant);
  }
}

function inOrder(all: readonly Found[], isMeant: KeyFilter): Found[] {
  const keyed = all.map((found) => ({ found, key: found.shard.format.keyBytes(found.cell.key) })).filter(({ key }) => isMeant(key));
  return keyed.sort((one, other) => Buffer.compare(one.key, other.key)).map(({ found }) => found);
}
