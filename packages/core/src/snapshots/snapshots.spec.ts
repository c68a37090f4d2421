import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GroupStore, MemoryStores, type StoreNote } from '../stores/index.js';
import { importSnapshot, SnapshotReader, writeSnapshot } from './index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weir-snapshots-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Entries = readonly (readonly [Uint8Array, Uint8Array])[];
const note: StoreNote = { position: 7, seenAt: 1_000, size: -1, topicId: 'a1', time: 5 };
const table = { name: 'counts', stored: 'counts', topic: 'app-counts-changelog', partition: 0, note };

async function storeWith(entries: Entries, part = 'counts'): Promise<GroupStore> {
  const store = await new MemoryStores().open('views-0');
  const batch = store.batch();
  for (const [key, value] of entries) batch.put(part, key, value);
  await batch.write(new Map([[part, { ...note, position: 3 }]]));
  return store;
}

async function written(entries: Entries): Promise<SnapshotReader> {
  const file = path.join(folder, 'views-0.weir-state');
  const head = { group: 'app', store: 'views-0', writtenAt: 5, tables: [table], parts: ['counts'] };
  let told = 0;
  await writeSnapshot(file, head, await storeWith(entries), (more) => {
    told += more;
  });
  expect(told).toBe(new Set(entries.map(([key]) => Buffer.from(key).toString('latin1'))).size);
  return SnapshotReader.open(file);
}

async function has(store: GroupStore, part = 'counts'): Promise<string[]> {
  const found: string[] = [];
  for await (const some of store.entries(part))
    found.push(...some.map(([key, value]) => `${key.toString('hex')}=${value.toString('hex')}`));
  return found;
}

const text = (entries: Readonly<Record<string, string>>): Entries =>
  Object.entries(entries).map(([key, value]) => [Buffer.from(key), Buffer.from(value)]);

describe('a snapshot of a store', () => {
  it('gives another store the same entries and notes, whatever bytes they are', async () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(bytes, bytes), { maxLength: 60 }), async (entries) => {
        const snapshot = await written(entries);
        const other = await storeWith(text({ old: '1' }));
        await importSnapshot(snapshot, other, () => undefined);
        const wanted = await has(await storeWith(entries));
        expect(await has(other)).toEqual(wanted);
        expect(other.notes.get('counts')).toEqual({ ...note, size: wanted.length });
      }),
      { numRuns: 60 },
    );
  });

  it('takes values that are larger than what is read at once, and many of them', async () => {
    const entries: Entries = Array.from({ length: 20_000 }, (_, each) => [
      Buffer.from(`k${each}`),
      Buffer.alloc(each % 10_000 === 0 ? 3_000_000 : 20, each),
    ]);
    const snapshot = await written(entries);
    const other = await storeWith([]);
    let told = 0;
    await importSnapshot(snapshot, other, (more) => {
      told += more;
    });
    expect([told, await other.count('counts'), other.get('counts', 'k10000')?.length, other.get('counts', 'k19999')]).toEqual([
      20_000,
      20_000,
      3_000_000,
      Buffer.alloc(20, 19_999),
    ]);
  });

  it('leaves a table without a note when its import ends half-way: it is read from its changelog then', async () => {
    const snapshot = await written(Array.from({ length: 20_000 }, (_, each) => [Buffer.from(`k${each}`), Buffer.from('1')] as const));
    const other = await storeWith(text({ old: '1' }));
    let batches = 0;
    const open = other.batch.bind(other);
    other.batch = () => {
      const batch = open();
      const write = batch.write.bind(batch);
      batch.write = (notes) => (++batches === 3 ? Promise.reject(new Error('killed')) : write(notes));
      return batch;
    };
    await expect(importSnapshot(snapshot, other, () => undefined)).rejects.toThrow('killed');
    expect([other.notes.get('counts'), (await has(other)).length > 0]).toEqual([undefined, true]);
  });

  it('replaces what a store has of its tables in the form without and with expiry, and nothing of others', async () => {
    const snapshot = await written(text({ a: '1' }));
    const other = await storeWith(text({ a: '0', b: '0' }));
    const batch = other.batch();
    for (const part of ['counts~timed', 'counts~expiry', 'lasts']) batch.put(part, 'x', '1');
    await batch.write(
      new Map([
        ['counts~timed', note],
        ['lasts', note],
      ]),
    );
    await importSnapshot(snapshot, other, () => undefined);
    expect([await has(other), await has(other, 'counts~timed'), await has(other, 'counts~expiry')]).toEqual([['61=31'], [], []]);
    expect([...other.notes.keys()].sort()).toEqual(['counts', 'lasts']);
  });

  it('gets its name when it is whole', async () => {
    const store = await storeWith(text({ a: '1' }));
    const failing = Object.assign(Object.create(store) as GroupStore, {
      entries: async function* () {
        yield* store.entries('counts');
        throw new Error('unreadable');
      },
    });
    const head = { group: 'app', store: 'views-0', writtenAt: 5, tables: [table], parts: ['counts'] };
    await expect(writeSnapshot(path.join(folder, 'views-0.weir-state'), head, failing, () => undefined)).rejects.toThrow('unreadable');
    expect(readdirSync(folder)).toEqual([]);
    const { head: read } = await written([]);
    expect([read, statSync(path.join(folder, 'views-0.weir-state')).size > 32]).toEqual([{ ...head, format: 1 }, true]);
  });
});
