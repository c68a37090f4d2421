import type { OpenStores } from '@weir/core/internal/stores';
import { LevelStores } from './level-stores.js';
import { lockOf } from './lock.js';

/** Opens the stores of a worker, whose folder is locked meanwhile. */
export const open: OpenStores = async ({ directory, logger }) => {
  const lock = await lockOf(directory);
  return new LevelStores(directory, lock, logger);
};
