import { readdir } from 'node:fs/promises';
import { Damage } from './damage.js';
import { type LogRecords, logRecords } from './log-file.js';
import { tablesIn } from './manifest.js';
import { checkTable } from './table-file.js';
import { WholeFiles } from './whole-files.js';

/** Files that a database consists of: tables, logs, manifests. */
const isPart = /^(\d+\.(ldb|sst|log)|MANIFEST-\d+)$/;

/**
 * What is damaged of a database that nobody has open; undefined where it is sound, or not there. LevelDB compares no checksums when it
 * reads tables, and passes over what it cannot read of its logs. Where the file is missing that names the manifest, it makes a new
 * database. Entries would be missing then, or be others, without a word. Reads every file once.
 */
export async function damageOf(folder: string): Promise<string | undefined> {
  const names = await namesIn(folder);
  if (!names.some((name) => isPart.test(name))) return undefined;
  const files = new WholeFiles(folder);
  try {
    if (!names.includes('CURRENT')) throw new Damage('CURRENT is missing');
    const tables = await tablesOf(files, names);
    for (const [number, bytes] of tables) await checkTableFile(files, names, number, bytes);
    for (const name of names.filter((each) => each.endsWith('.log'))) await recordsOf(files, name);
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The tables that its manifest names, and the bytes of each. */
async function tablesOf(files: WholeFiles, names: readonly string[]): Promise<ReadonlyMap<number, number>> {
  const name = (await files.read('CURRENT')).toString('latin1').trimEnd();
  if (!names.includes(name)) throw new Damage('CURRENT names no manifest that is there');
  const { records, isTorn } = await recordsOf(files, name);
  // What it has lost may be that a table is part of it.
  if (isTorn) throw new Damage(`${name} breaks off`);
  return tablesIn(records);
}

async function recordsOf(files: WholeFiles, name: string): Promise<LogRecords> {
  const file = await files.read(name);
  return within(name, () => logRecords(file));
}

async function checkTableFile(files: WholeFiles, names: readonly string[], number: number, bytes: number): Promise<void> {
  const digits = String(number).padStart(6, '0');
  const name = [`${digits}.ldb`, `${digits}.sst`].find((each) => names.includes(each));
  if (name === undefined) throw new Damage(`${digits}.ldb is missing`);
  const file = await files.read(name);
  if (file.length !== bytes) throw new Damage(`${name} has ${file.length} bytes instead of ${bytes}`);
  within(name, () => checkTable(file));
}

/** @throws Damage also for what a damaged length leads to */
function within<T>(name: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new Damage(`${name}: ${(error as Error).message}`);
  }
}
