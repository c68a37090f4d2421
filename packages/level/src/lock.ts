import { lstatSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { StateError } from '@weir/core/internal/errors';
import { failed } from './failed.js';
import { type Level, openLevel } from './level.js';
import { isLocked, isRefused } from './refusals.js';

/** What LevelDB locks in a folder. */
const lockFile = 'LOCK';

/**
 * Locks a folder with an empty database in it: the system lets go of it when the process ends, however it does. One that is damaged is
 * made anew.
 * @throws StateError `STORE_LOCKED` when another process has it; `STORE_FAILED`
 */
export async function lockOf(directory: string): Promise<Level> {
  const folder = path.join(directory, 'lock');
  try {
    return await openLevel(folder);
  } catch (error) {
    if (isLocked(error) || isRefused(error)) throw refused(directory, folder, error);
  }
  try {
    empty(folder);
    return await openLevel(folder);
  } catch (error) {
    throw refused(directory, folder, error);
  }
}

function refused(directory: string, folder: string, error: unknown): StateError {
  if (!isLocked(error))
    return failed(folder, error, `It holds nothing: remove ${folder} while no worker has ${directory}, and start again`);
  return new StateError(
    `the folder ${directory} belongs to another worker that runs: give this one a datadir or a name (member) of its own`,
    { code: 'STORE_LOCKED', cause: error },
  );
}

/** Takes out all but the file that is locked: another worker that has found the same may have made it anew, and have it by now. */
function empty(folder: string): void {
  if (isFolder(folder)) {
    for (const name of readdirSync(folder)) if (name !== lockFile) rmSync(path.join(folder, name), { recursive: true, force: true });
    const file = path.join(folder, lockFile);
    if (isFolder(file)) rmdirSync(file);
  } else unlinkSync(folder);
}

function isFolder(name: string): boolean {
  return lstatSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}
