import path from 'node:path';
import { StateError } from '@weir/core';
import type { OpenStores } from '@weir/core/internal/stores';
import { failed } from './failed.js';
import { type Level, openLevel } from './level.js';
import { LevelStores } from './level-stores.js';

/** Opens the stores of a worker. An empty database in their folder is the lock: the system lets go of it when the process ends, however it does. */
export const open: OpenStores = async ({ directory, logger }) => {
  const lock = await lockOf(directory);
  return new LevelStores(directory, lock, logger);
};

async function lockOf(directory: string): Promise<Level> {
  try {
    return await openLevel(path.join(directory, 'lock'));
  } catch (error) {
    if ((error as { cause?: { code?: unknown } }).cause?.code !== 'LEVEL_LOCKED') throw failed(directory, error);
    throw new StateError(
      `the folder ${directory} belongs to another worker that runs: give this one a datadir or a name (member) of its own`,
      {
        code: 'STORE_LOCKED',
        cause: error,
      },
    );
  }
}
