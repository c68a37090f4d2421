import { ClassicLevel } from 'classic-level';

/** A LevelDB database: text as keys, bytes as values, unless a call says otherwise. */
export type Level = ClassicLevel<string, Buffer>;

/** Bytes of changes that a database holds in memory, twice while one of them is written; and of blocks that it keeps. */
const writeBufferBytes = 4 * 1024 * 1024;
const cacheBytes = 4 * 1024 * 1024;

export async function openLevel(directory: string): Promise<Level> {
  const level = new ClassicLevel<string, Buffer>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
    writeBufferSize: writeBufferBytes,
    cacheSize: cacheBytes,
  });
  await level.open();
  return level;
}
