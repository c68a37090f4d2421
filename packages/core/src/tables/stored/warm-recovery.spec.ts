import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStores } from '../../stores/index.js';
import { changelog, KeptGroup } from './kept-group.fixture.js';
import { SlowStores } from './slow-stores.fixture.js';

const dayMs = 24 * 60 * 60 * 1000;
const at = { topic: changelog, partition: 0 };

describe('a recovery with a store', () => {
  let kept: KeptGroup;

  beforeEach(async () => {
    kept = new KeptGroup();
    await kept.open();
    for (let each = 0; each < 100; each++) kept.set(`k${each}`, each);
    await kept.checkpoint();
  });
  const again = async () => {
    await kept.kill();
    kept.read = 0;
    await kept.open();
  };
  const values = (...keys: string[]) => keys.map((key) => kept.get(key));

  it('reads nothing where the store has everything', async () => {
    await again();
    expect([kept.read, kept.shard.size, ...values('k0', 'k99', 'k100')]).toEqual([0, 100, 0, 99, undefined]);
  });

  it('reads what came after the store, as after a crash between the commit and the write', async () => {
    kept.set('k0', 'x');
    kept.set('k1', undefined);
    kept.set('new', 1);
    await kept.write();
    await again();
    expect([kept.read, kept.shard.size, ...values('k0', 'k1', 'k2', 'new')]).toEqual([3, 100, 'x', undefined, 2, 1]);
    await again();
    expect([kept.shard.size, ...values('k0', 'k1', 'k2', 'new')]).toEqual([100, 'x', undefined, 2, 1]);
  });

  it('stores what it has read behind it', async () => {
    kept.stores = new MemoryStores();
    await again();
    expect(kept.read).toBe(100);
    await kept.close();
    kept.read = 0;
    await kept.open();
    expect([kept.read, kept.shard.size, ...values('k0', 'k99')]).toEqual([0, 100, 0, 99]);
  });

  const storedTable = () => kept.shard.stored as NonNullable<typeof kept.shard.stored>;
  const settled = async () => {
    while (!storedTable().owed.isEmpty) await new Promise(setImmediate);
  };

  it('is over before anything is stored, where memory has room for it', async () => {
    kept.stores = new SlowStores(20);
    await again();
    expect([storedTable().note, storedTable().owed.isEmpty]).toEqual([undefined, false]);
    expect([kept.shard.size, ...values('k0', 'k99', 'k100')]).toEqual([100, 0, 99, undefined]);
    await settled();
    expect(storedTable().note).toMatchObject({ position: 100, size: 100 });
  });

  it('stores the newest of a key that is changed before what was read is stored', async () => {
    kept.stores = new SlowStores(20);
    await again();
    kept.set('k0', 'newer');
    kept.set('k1', undefined);
    await kept.checkpoint();
    await settled();
    await again();
    expect([kept.shard.size, ...values('k0', 'k1', 'k2')]).toEqual([99, 'newer', undefined, 2]);
  });

  it('keeps what it has stored in memory while there is room, and asks the store for nothing', async () => {
    kept.stores = new MemoryStores();
    await again();
    await settled();
    const asked: unknown[] = [];
    storedTable().get = (key) => void asked.push(key);
    expect([...values('k0', 'k99', 'nothing'), asked]).toEqual([0, 99, undefined, []]);
  });

  it('begins anew where it was killed before it had stored anything', async () => {
    kept.stores = new MemoryStores();
    await kept.kill();
    await kept.open();
    kept.set('k0', 'x');
    kept.set('k1', undefined);
    await kept.checkpoint();
    await again();
    expect([kept.shard.size, ...values('k0', 'k1', 'k2')]).toEqual([99, 'x', undefined, 2]);
  });

  const rebuilt = async (why: RegExp) => {
    await again();
    expect(kept.logged).toEqual([expect.stringMatching(why)]);
  };

  it('begins anew where the changelog was deleted and made anew, though it has come further', async () => {
    const { broker } = kept;
    broker.deleteTopic(changelog);
    broker.createTopic({ name: changelog });
    for (let each = 0; each < 200; each++) kept.set(`n${each}`, each);
    await kept.write();
    await rebuilt(/counts.*deleted and made anew/);
    expect([kept.read, kept.shard.size, ...values('k0', 'n0')]).toEqual([200, 200, undefined, 0]);
  });

  it('begins anew where the changelog begins after what is stored', async () => {
    for (let each = 0; each < 50; each++) kept.set(`k${each}`, 'later');
    await kept.write();
    kept.broker.truncate({ ...at, offset: 120 });
    await rebuilt(/begins at 120, after what is stored \(100\)/);
    expect([kept.read, kept.shard.size, ...values('k0', 'k20', 'k99')]).toEqual([30, 30, undefined, 'later', undefined]);
  });

  it('begins anew where the changelog ends before what is stored', async () => {
    const store = await openedStore();
    await store.note({ position: 500 });
    await rebuilt(/ends at 100, before what is stored \(500\)/);
    expect([kept.read, kept.shard.size]).toEqual([100, 100]);
  });

  it('begins anew where deletions may have been forgotten since', async () => {
    kept.set('k0', undefined);
    kept.set('k1', 'x');
    await kept.write();
    kept.clock.advanceTo(kept.clock.now() + 4 * dayMs);
    await rebuilt(/so old/);
    expect([kept.shard.size, ...values('k0', 'k1')]).toEqual([99, undefined, 'x']);
  });

  it('goes on with an old store where nothing came since', async () => {
    kept.clock.advanceTo(kept.clock.now() + 40 * dayMs);
    await again();
    expect([kept.read, kept.logged, kept.shard.size]).toEqual([0, [], 100]);
  });

  async function openedStore() {
    await kept.kill();
    const store = await kept.stores.open('views-0');
    return {
      note: async (change: object) => {
        const note = store.notes.get('counts');
        if (note !== undefined) await store.batch().write(new Map([['counts', { ...note, ...change }]]));
        await store.close();
      },
    };
  }

  it('counts the keys where the store does not know how many there are', async () => {
    await (await openedStore()).note({ size: -1 });
    await kept.open();
    expect(kept.shard.size).toBe(100);
  });

  it('keeps what it has read when it is given up in the middle', async () => {
    for (let each = 0; each < 5_000; each++) kept.set(`m${each}`, each);
    await kept.write();
    kept.stores = new MemoryStores();
    await kept.kill();
    kept.read = 0;
    const recovering = kept.begin().catch(() => undefined);
    while (kept.read === 0) await new Promise(setImmediate);
    await kept.close();
    await recovering;
    const first = kept.read;
    expect(first).toBeLessThan(5_100);
    kept.read = 0;
    await kept.open();
    expect([first + kept.read, kept.shard.size, ...values('k0', 'm4999')]).toEqual([5_100, 5_100, 0, 4_999]);
  });

  it('stores beside what does not fit into memory, and counts it', async () => {
    for (let each = 0; each < 5_000; each++) kept.set(`m${each}`, each);
    await kept.write();
    for (let each = 0; each < 4_000; each++) kept.set(`m${each}`, undefined);
    await kept.write();
    kept.stores = new MemoryStores();
    kept.cacheBytes = 100 * 240;
    await again();
    expect(kept.read).toBe(10_100);
    expect([...kept.shard.cells()].length).toBeLessThan(5_000);
    expect([kept.shard.size, ...values('k0', 'm0', 'm3999', 'm4000', 'm4999')]).toEqual([1_100, 0, undefined, undefined, 4_000, 4_999]);
    await again();
    expect([kept.read, kept.shard.size, ...values('m0', 'm4000')]).toEqual([0, 1_100, undefined, 4_000]);
  });
});
