import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStores } from '../../stores/index.js';
import { Entries } from '../entries.js';
import { KeptGroup } from './kept-group.fixture.js';

/** What ten cells take, about. */
const fewBytes = 10 * 240;

describe('a shard with a store behind it', () => {
  let kept: KeptGroup;
  const fill = async (count: number) => {
    for (let each = 0; each < count; each++) kept.set(`k${each}`, each);
    await kept.checkpoint();
  };
  const cells = () => [...kept.shard.cells()].length;

  beforeEach(() => {
    kept = new KeptGroup(new MemoryStores(), fewBytes);
  });

  it('keeps in memory what there is room for, and has the rest from its store', async () => {
    await kept.open();
    await fill(1_000);
    for (let each = 0; each < 1_000; each++) expect(kept.get(`k${each}`)).toBe(each);
    expect(cells()).toBeLessThan(50);
    expect([kept.get('k1000'), kept.shard.size]).toEqual([undefined, 1_000]);
  });

  it('keeps the fewer the larger they are', async () => {
    kept = new KeptGroup(new MemoryStores(), 100_000);
    await kept.open();
    for (let each = 0; each < 100; each++) kept.set(`k${each}`, 'x'.repeat(9_000));
    await kept.checkpoint();
    expect(cells()).toBeLessThan(12);
  });

  it('makes checkpoints though nothing in memory can be taken out', async () => {
    kept = new KeptGroup(new MemoryStores(), 0);
    await kept.open();
    kept.shard.cell('k0').pins++;
    await fill(10);
    expect(kept.shard.size).toBe(10);
  });

  it('keeps cells that are changed, or that an attempt has asked for', async () => {
    await kept.open();
    await fill(100);
    const pinned = kept.shard.cell('k1');
    pinned.pins++;
    kept.set('k2', 'changed');
    for (let each = 3; each < 100; each++) kept.get(`k${each}`);
    for (let each = 4; each < 100; each++) kept.get(`k${each}`);
    expect(kept.shard.known('k1')).toBe(pinned);
    expect([kept.get('k2'), kept.shard.known('k3')]).toEqual(['changed', undefined]);
  });

  it('asks its store for nothing while it has everything', async () => {
    kept = new KeptGroup();
    await kept.open();
    await fill(10);
    const asked: unknown[] = [];
    const stored = kept.shard.stored as NonNullable<typeof kept.shard.stored>;
    stored.get = (key) => void asked.push(key);
    expect([kept.get('k1'), kept.get('nothing')]).toEqual([1, undefined]);
    kept.shard.cell('new');
    expect(asked).toEqual([]);
  });

  it('counts its keys, whatever is in memory', async () => {
    await kept.open();
    await fill(100);
    for (let each = 0; each < 50; each++) kept.set(`k${each}`, undefined);
    kept.set('new', 1);
    expect(kept.shard.size).toBe(100);
    await kept.checkpoint();
    expect(kept.shard.size).toBe(51);
  });

  it('gives back what a rewind takes, also of keys that it has from the store', async () => {
    await kept.open();
    await fill(100);
    kept.set('k1', 'x');
    kept.set('k2', undefined);
    kept.set('new', 'x');
    await kept.write();
    kept.set('k1', 'y');
    kept.group.dropped();
    expect([kept.get('k1'), kept.get('k2'), kept.get('new')]).toEqual([1, 2, undefined]);
    await fill(100);
    expect(kept.shard.size).toBe(100);
  });

  const entries = async (range?: { from?: string; to?: string }) => {
    const bytes = range && { from: range.from && Buffer.from(range.from), to: range.to && Buffer.from(range.to) };
    const found: unknown[] = [];
    for await (const entry of new Entries([kept.shard], undefined, bytes as never)) found.push(entry);
    return found;
  };

  it('is iterated over in order, what is not stored yet before what is', async () => {
    await kept.open();
    await fill(20);
    kept.set('k11', undefined);
    kept.set('k12', 'open');
    kept.set('k125', 'new');
    await kept.write();
    kept.set('k13', 'later');
    expect(await entries({ from: 'k11', to: 'k15' })).toEqual([
      ['k12', 'open'],
      ['k125', 'new'],
      ['k13', 'later'],
      ['k14', 14],
    ]);
    expect(await entries({ from: 'k8' })).toEqual([
      ['k8', 8],
      ['k9', 9],
    ]);
    expect(await entries()).toHaveLength(20);
  });

  it('is iterated over as it was, whatever is changed meanwhile', async () => {
    await kept.open();
    await fill(3_000);
    const iterator = new Entries([kept.shard], undefined)[Symbol.asyncIterator]();
    const found = [(await iterator.next()).value];
    for (let each = 0; each < 3_000; each++) kept.set(`k${each}`, undefined);
    kept.set('new', 1);
    await kept.checkpoint();
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) found.push(next.value);
    expect(found).toHaveLength(3_000);
    expect(await entries()).toEqual([['new', 1]]);
  });

  it('refuses to be iterated over without waiting, and says how', async () => {
    await kept.open();
    expect(() => [...new Entries([kept.shard], undefined)]).toThrow(
      expect.objectContaining({ code: 'OPERATION_UNSUPPORTED', message: expect.stringContaining('for await') }),
    );
  });

  it('ends the worker when it cannot be written, and writes nothing more', async () => {
    await kept.open();
    await fill(1);
    const stored = kept.shard.stored as NonNullable<typeof kept.shard.stored>;
    const full = new Error('full');
    stored.stage = () => {
      throw full;
    };
    kept.set('k0', 2);
    await expect(kept.checkpoint()).rejects.toBe(full);
    expect(kept.failure).toBe(full);
    await expect(kept.checkpoint()).rejects.toBe(full);
    expect(kept.get('k0')).toBe(2);
  });
});
