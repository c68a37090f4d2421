import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupStore } from '@weir/core/internal/stores';
import { put, StoreFolder } from './store-folder.fixture.js';

const damages: readonly (readonly [what: string, damage: (file: string) => void])[] = [
  ['cut off', (file) => truncateSync(file, statSync(file).size - 10)],
  ['empty', (file) => truncateSync(file, 0)],
  ['junk', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 7))],
  ['gone', (file) => rmSync(file)],
];

describe('a damaged store of LevelDB', () => {
  let at: StoreFolder;
  beforeEach(() => {
    at = new StoreFolder();
  });
  afterEach(() => at.remove());

  // It ended every start with STORE_FAILED, and was never set aside.
  it.each(damages)('is set aside and made anew at the start when a table of it is %s', async (_, damage) => {
    await at.write('1');
    for (const table of await at.tables()) damage(table);
    expect(await at.read()).toEqual([undefined, undefined]);
    expect([readdirSync(at.directory), at.warned]).toEqual([
      expect.arrayContaining(['views-0.v1', 'views-0.v1.broken']),
      [expect.stringContaining(`set aside as ${at.folder}.broken`)],
    ]);
    await at.write('2');
    expect(await at.read()).toEqual(['2', 5]);
    expect(at.warned).toHaveLength(1);
  });

  const keys = Array.from({ length: 50 }, (_, each) => `k${each}`);
  const reads: readonly (readonly [string, (store: GroupStore) => unknown])[] = [
    ['get', (store) => keys.map((key) => store.get('counts', key))],
    ['entries', (store) => allOf(store.entries('counts'))],
    ['count', (store) => store.count('counts')],
    ['clear', (store) => store.clear('counts')],
  ];

  it.each(reads)('is set aside when it is closed, where %s finds it', async (_, read) => {
    await at.use(async (store) => {
      for (const key of keys) await put(store, randomBytes(1_000), key);
    });
    const [table] = await at.tables();
    const damageAndRead = at.use(async (store) => {
      damageInPlace(table);
      await read(store);
    });
    await expect(damageAndRead).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/Start again: a damaged store is set aside as .*views-0\.v1\.broken.*may be removed/),
    });
    expect(await at.read('k1')).toEqual([undefined, undefined]);
  });
});

/** Of its entries: what LevelDB has read of it when it was opened stays. */
function damageInPlace(table: string): void {
  const { size } = statSync(table);
  const file = openSync(table, 'r+');
  writeSync(file, Buffer.alloc(size / 2, 7), 0, Math.floor(size / 2), Math.floor(size / 4));
  closeSync(file);
}

async function allOf(entries: AsyncIterable<readonly unknown[]>): Promise<void> {
  for await (const _ of entries);
}
