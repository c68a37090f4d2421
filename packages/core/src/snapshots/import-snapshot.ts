import type { GroupStore, StoreNote } from '../stores/index.js';
import { namesOf, notedTable } from '../tables/index.js';
import type { SnapshotReader } from './snapshot-reader.js';

/** So many entries, and bytes of them, are stored together. */
const entriesMax = 8_192;
const bytesMax = 4 * 1024 * 1024;

/**
 * Puts what a snapshot has in the place of what a store has of the same tables. Their notes come last: a table that is not there as a whole has none, and is read from
 * its changelog.
 * @param stored told how many entries came to it
 */
export async function importSnapshot(snapshot: SnapshotReader, store: GroupStore, stored: (entries: number) => void): Promise<void> {
  const { tables, parts } = snapshot.head;
  for (const { stored: name } of tables) for (const each of namesOf(notedTable(name).storedAs)) await store.clear(each);
  const counts = parts.map(() => 0);
  let batch = store.batch();
  let entries = 0;
  let bytes = 0;
  const write = async (notes: ReadonlyMap<string, StoreNote> = new Map()) => {
    await batch.write(notes);
    stored(entries);
    batch = store.batch();
    entries = 0;
    bytes = 0;
  };
  for await (const some of snapshot.entries())
    for (const { part, key, value } of some) {
      batch.put(parts[part], key, value);
      counts[part]++;
      bytes += key.length + value.length;
      if (++entries >= entriesMax || bytes >= bytesMax) await write();
    }
  await write(new Map(tables.map(({ stored, note }) => [stored, { ...note, size: counts[parts.indexOf(stored)] }])));
}

/** Whether a store is as far as a snapshot, in the same changelogs. */
export function hasAll({ head }: SnapshotReader, { notes }: GroupStore): boolean {
  return head.tables.every(({ stored, note }) => {
    const there = notes.get(stored);
    return there !== undefined && there.topicId === note.topicId && there.position >= note.position;
  });
}
