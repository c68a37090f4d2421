import type { StoreRange } from '../../stores/index.js';
import type { Shard } from '../shard.js';
import type { TableWrites } from '../table-writes.js';

/** An entry of a shard, decoded when it is asked for. */
export interface StoredEntry {
  readonly bytes: Buffer;
  read(): [key: unknown, value: unknown];
}

/** What stands in memory before the store. */
interface Before extends StoredEntry {
  readonly isThere: boolean;
}

/** The entries of a shard in the order of their keys' bytes, some at a time, as they are in the turn in which the first are asked for. */
export async function* storedEntries(
  shard: Shard,
  writes: TableWrites | undefined,
  range: StoreRange = {},
): AsyncGenerator<readonly StoredEntry[]> {
  writes?.scan(shard);
  const before = inMemory(shard, writes, range);
  const goneBefore = writes === undefined ? shard.goneBefore() : writes.goneBefore(shard);
  let at = 0;
  for await (const some of shard.stored?.entries(range) ?? []) {
    const found: StoredEntry[] = [];
    for (const [bytes, value, time] of some) {
      for (; at < before.length && Buffer.compare(before[at].bytes, bytes) < 0; at++) if (before[at].isThere) found.push(before[at]);
      if (at < before.length && before[at].bytes.equals(bytes)) continue;
      if (time < goneBefore) continue;
      found.push(storedEntry(shard, bytes, value));
    }
    yield found;
  }
  yield before.slice(at).filter(({ isThere }) => isThere);
}

function storedEntry({ format }: Shard, bytes: Buffer, value: Buffer): StoredEntry {
  return {
    bytes,
    read: () => {
      const cellKey = format.cellKeyOf(bytes);
      return [format.key(cellKey), format.value(value, cellKey)];
    },
  };
}

/** What may differ from the store, in the order of the keys' bytes, each key once. */
function inMemory(shard: Shard, writes: TableWrites | undefined, { from, to }: StoreRange): Before[] {
  const { format } = shard;
  const found = new Map<string, Before>();
  const changed = writes?.changed(shard) ?? [];
  for (const cell of [...shard.unstored(), ...changed]) {
    const bytes = format.keyBytes(cell.key);
    if ((from !== undefined && Buffer.compare(bytes, from) < 0) || (to !== undefined && Buffer.compare(bytes, to) >= 0)) continue;
    const value = writes === undefined ? shard.current(cell) : writes.peek(shard, cell);
    found.set(cell.key, { bytes, isThere: value !== undefined, read: () => [format.key(cell.key), shard.decoded(cell, value)] });
  }
  return [...found.values()].sort((one, other) => Buffer.compare(one.bytes, other.bytes));
}
