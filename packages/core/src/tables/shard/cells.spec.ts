import { expect, it } from '@jest/globals';
import { cleanDirt } from '../cell.js';
import { CellCache } from '../stored/cell-cache.js';
import type { StoredTable } from '../stored/stored-table.js';
import { Cells } from './cells.js';

// What was taken out while it was counted stayed counted: at last there was room for nothing.
it('cells that are taken out because they have become larger take no memory any more', async () => {
  const cache = new CellCache(100);
  const cells = new Cells({ table: {} as StoredTable, cache });
  const all = ['one', 'two', 'three'].map((key) => {
    const cell = cells.made(key);
    cell.value = 'x';
    cell.dirt = cleanDirt(cell);
    return cell;
  });
  for (const cell of all) {
    cell.dirt = undefined;
    cells.resized(cell, 10_000);
  }
  await cache.trim();
  expect([[...cells].length, cache.isOver]).toEqual([0, false]);
});
