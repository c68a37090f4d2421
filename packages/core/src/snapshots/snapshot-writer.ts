import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { GroupStore, StoreEntry } from '../stores/index.js';
import { entryBytes, entryOf } from './entry.js';
import { headLines, type SnapshotHead } from './head.js';

/** So many bytes are written at once. */
const chunkBytes = 1024 * 1024;

/**
 * Writes a snapshot of a store. It gets its name when it is whole.
 * @param wrote told how many entries came to it
 */
export async function writeSnapshot(
  file: string,
  head: Omit<SnapshotHead, 'format'>,
  store: GroupStore,
  wrote: (entries: number) => void,
): Promise<void> {
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, 'w');
  try {
    await write(handle, head, store, wrote);
    await handle.sync();
    await handle.close();
    await rename(unfinished, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function write(
  handle: FileHandle,
  head: Omit<SnapshotHead, 'format'>,
  store: GroupStore,
  wrote: (entries: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  const append = async (bytes: Buffer) => {
    hash.update(bytes);
    await handle.appendFile(bytes);
  };
  await append(headLines(head));
  for (const [part, name] of head.parts.entries())
    for await (const entries of store.entries(name)) {
      for (const chunk of chunksOf(part, entries)) await append(chunk);
      wrote(entries.length);
    }
  await handle.appendFile(hash.digest());
}

function* chunksOf(part: number, entries: readonly StoreEntry[]): Generator<Buffer> {
  let from = 0;
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entryBytes(entry);
    if (bytes < chunkBytes && index < entries.length - 1) continue;
    yield Buffer.concat(entries.slice(from, index + 1).map((each) => entryOf(part, each)));
    from = index + 1;
    bytes = 0;
  }
}
