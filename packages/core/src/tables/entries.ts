import type { Attempt } from '../attempts/index.js';
import { StateError } from '../errors/index.js';
import type { StoreRange } from '../stores/index.js';
import type { Cell } from './cell.js';
import type { Shard } from './shard.js';
import { Slices } from './slices.js';
import { merged } from './stored/merged.js';
import { type StoredEntry, storedEntries } from './stored/stored-entries.js';
import type { TableEntries } from './table.js';
import type { TableWrites } from './table-writes.js';

/** Tells of the key of every cell that a shard has, in memory or in its store; of some twice. */
export async function eachCellKey(shard: Shard, note: (cellKey: string) => void): Promise<void> {
  for (const { key } of shard.cells()) note(key);
  for await (const some of shard.stored?.entries(undefined) ?? []) for (const [bytes] of some) note(shard.format.cellKeyOf(bytes));
}

/** Tells of every key that a shard has, in memory or in its store, and of its value as it is written; before anything is changed. */
export async function eachEntry(shard: Shard, note: (cellKey: string, value: Buffer) => Promise<void>): Promise<void> {
  const known = [...shard.cells()];
  const isKnown = new Set(known.map(({ key }) => key));
  for (const cell of known) if (cell.value !== undefined) await note(cell.key, shard.bytesOf(cell));
  for await (const some of shard.stored?.entries(undefined) ?? [])
    for (const [bytes, value] of some) {
      const cellKey = shard.format.cellKeyOf(bytes);
      if (!isKnown.has(cellKey)) await note(cellKey, value);
    }
}

/** The attempt that reads. */
interface Reader {
  readonly attempt: Attempt;
  /** What it changes in the shards. */
  readonly writesOf: (attempt: Attempt) => TableWrites;
}

interface Found {
  readonly shard: Shard;
  readonly cell: Cell;
  readonly value: unknown;
}

/** The entries of shards that were there when somebody began to iterate. */
export class Entries implements TableEntries<unknown, unknown> {
  readonly #shards: readonly Shard[];
  readonly #reader: Reader | undefined;
  readonly #range: StoreRange | undefined;

  /**
   * @param reader missing outside of events
   * @param range which keys are meant, by their bytes, in the order of these; missing: all, in no order
   */
  constructor(shards: readonly Shard[], reader?: Reader, range?: StoreRange) {
    this.#shards = shards;
    this.#reader = reader;
    this.#range = range;
  }

  *[Symbol.iterator](): Generator<[unknown, unknown]> {
    const stored = this.#shards.find((shard) => shard.stored !== undefined);
    if (stored !== undefined)
      throw new StateError(
        `entries of table ${stored.format.table} are in a store, and come one after another: use "for await". A plain "for" is for store: 'memory://', and a table without standby`,
        { code: 'OPERATION_UNSUPPORTED' },
      );
    for (const { shard, cell, value } of this.#snapshot()) yield [shard.format.key(cell.key), shard.decoded(cell, value)];
  }

  [Symbol.asyncIterator](): AsyncGenerator<[unknown, unknown]> {
    if (this.#shards.every(({ stored }) => stored === undefined)) return this.#inSlices();
    const writes = this.#writes();
    const each = this.#shards.map((shard) => storedEntries(shard, writes, this.#range));
    return merged(each, inOrderOfBytes, (entry) => entry.read());
  }

  async *#inSlices(): AsyncGenerator<[unknown, unknown]> {
    const slices = new Slices();
    for (const entry of this) {
      yield entry;
      if (slices.isOver()) await slices.next();
    }
  }

  /** What the attempt has changed, while it runs. @throws LifecycleError when it has failed or was given up */
  #writes(): TableWrites | undefined {
    const { attempt, writesOf } = this.#reader ?? {};
    attempt?.mustBeOpen();
    return attempt?.isRunning === true ? writesOf?.(attempt) : undefined;
  }

  /** Values are never changed in place: to hold them is to keep them as they are. */
  #snapshot(): Found[] {
    const writes = this.#writes();
    const found: Found[] = [];
    for (const shard of this.#shards) {
      writes?.scan(shard);
      for (const cell of shard.cells()) {
        const value = writes === undefined ? shard.current(cell) : writes.peek(shard, cell);
        if (value !== undefined) found.push({ shard, cell, value });
      }
    }
    return this.#range === undefined ? found : inOrder(found, this.#range);
  }
}

function inOrderOfBytes(one: StoredEntry, other: StoredEntry): number {
  return Buffer.compare(one.bytes, other.bytes);
}

function inOrder(all: readonly Found[], { from, to }: StoreRange): Found[] {
  const isMeant = (key: Buffer) =>
    (from === undefined || Buffer.compare(key, from) >= 0) && (to === undefined || Buffer.compare(key, to) < 0);
  const keyed = all.map((found) => ({ found, key: found.shard.format.keyBytes(found.cell.key) })).filter(({ key }) => isMeant(key));
  return keyed.sort((one, other) => Buffer.compare(one.key, other.key)).map(({ found }) => found);
}

/** Keys that begin with these bytes. */
export function rangeOfPrefix(from: Buffer): StoreRange {
  const to = Buffer.from(from);
  let last = to.length - 1;
  while (last >= 0 && to[last] === 0xff) last--;
  if (last < 0) return { from };
  to[last]++;
  return { from, to: to.subarray(0, last + 1) };
}
