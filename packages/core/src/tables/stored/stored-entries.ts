import type { StoreEntry, StoreRange } from '../../stores/index.js';
import type { Shard } from '../shard.js';
import type { TableWrites } from '../table-writes.js';

/** An entry of a shard, decoded when it is asked for. */
export interface StoredEntry {
  readonly bytes: Buffer;
  key(): unknown;
  value(): unknown;
}

/** What stands in memory before the store: undefined where the key is not there. */
interface Before {
  readonly bytes: Buffer;
  readonly cellKey: string;
  readonly value: unknown;
  read(): unknown;
}

/** The entries of a shard in the order of their keys' bytes, as they are in the turn in which the first is asked for. */
export async function* storedEntries(shard: Shard, writes: TableWrites | undefined, range: StoreRange = {}): AsyncGenerator<StoredEntry> {
  const { format } = shard;
  writes?.scan(shard);
  const before = inMemory(shard, writes, range);
  let at = 0;
  const entryOf = ({ bytes, cellKey, read }: Before): StoredEntry => ({ bytes, key: () => format.key(cellKey), value: read });
  for await (const some of shard.stored?.entries(range) ?? [])
    for (const [bytes, value] of some) {
      for (; at < before.length && Buffer.compare(before[at].bytes, bytes) < 0; at++)
        if (before[at].value !== undefined) yield entryOf(before[at]);
      if (at < before.length && before[at].bytes.equals(bytes)) continue;
      yield stored(shard, [bytes, value]);
    }
  for (; at < before.length; at++) if (before[at].value !== undefined) yield entryOf(before[at]);
}

function stored({ format }: Shard, [bytes, value]: StoreEntry): StoredEntry {
  const cellKey = format.cellKeyOf(bytes);
  return { bytes, key: () => format.key(cellKey), value: () => format.value(value, cellKey) };
}

/** What may differ from the store, in the order of the keys' bytes, each key once. */
function inMemory(shard: Shard, writes: TableWrites | undefined, { from, to }: StoreRange): Before[] {
  const found = new Map<string, Before>();
  const changed = writes?.changed(shard) ?? [];
  for (const cell of [...shard.unstored(), ...changed]) {
    const bytes = shard.format.keyBytes(cell.key);
    if ((from !== undefined && Buffer.compare(bytes, from) < 0) || (to !== undefined && Buffer.compare(bytes, to) >= 0)) continue;
    const value = writes === undefined ? cell.value : writes.peek(cell);
    found.set(cell.key, { bytes, cellKey: cell.key, value, read: () => shard.decoded(cell, value) });
  }
  return [...found.values()].sort((one, other) => Buffer.compare(one.bytes, other.bytes));
}
