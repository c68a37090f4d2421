import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stores } from '@weir/core/internal/stores';
import { Entries } from '../../core/src/tables/entries.js';
import { KeptGroup } from '../../core/src/tables/stored/kept-group.fixture.js';
import { StoreFolder } from './store-folder.fixture.js';

describe('a table of LevelDB whose partition moves', () => {
  let at: StoreFolder;
  let stores: Stores;
  let kept: KeptGroup;

  beforeEach(async () => {
    at = new StoreFolder();
    stores = await at.open();
    kept = new KeptGroup(stores, 0);
    await kept.open();
    for (let each = 0; each < 3_000; each++) kept.set(`k${each}`, each);
    await kept.checkpoint();
  });
  afterEach(async () => {
    await stores.close();
    at.remove();
  });

  const entries = () => new Entries([kept.shard])[Symbol.asyncIterator]();
  const drain = async (iterator: AsyncIterator<unknown>) => {
    while ((await iterator.next()).done !== true);
  };
  const notLocal = { code: 'NOT_LOCAL', message: expect.stringMatching(/table counts cannot be read here any more: the partition/) };

  // It was STORE_FAILED, with the advice to see to room on the disk.
  it('cannot be read to its end by whoever iterates over it', async () => {
    const begun = entries();
    await begun.next();
    const notBegun = entries();
    await kept.close();
    await expect(drain(begun)).rejects.toMatchObject(notLocal);
    await expect(drain(notBegun)).rejects.toMatchObject(notLocal);
  });

  it('is whole, and ends no worker, for that', async () => {
    const begun = entries();
    await begun.next();
    await kept.close();
    await drain(begun).catch(() => undefined);
    await kept.open();
    expect([kept.get('k2999'), kept.read, kept.failure, at.warned]).toEqual([2_999, 0, undefined, []]);
  });
});
