import { ClassicLevel } from 'classic-level';
import { Damage } from './files/damage.js';
import { damageOf } from './files/damage-of.js';

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

/** The same of a database that may have been damaged since it was closed. @throws Damage */
export async function openSound(directory: string): Promise<Level> {
  const damage = await damageOf(directory);
  if (damage !== undefined) throw new Damage(damage);
  return openLevel(directory);
}
