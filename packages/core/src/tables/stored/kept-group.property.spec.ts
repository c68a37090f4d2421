import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Entries } from '../entries.js';
import { changelog, KeptGroup } from './kept-group.fixture.js';
import { SlowStores } from './slow-stores.fixture.js';

const runs = Number(process.env.PROPERTY_RUNS ?? 300);

type Step = readonly ['set' | 'delete', key: number, value: number] | readonly ['get', key: number] | readonly [Act];
type Act = 'checkpoint' | 'write' | 'drop' | 'kill' | 'close' | 'lose the disk' | 'compact' | 'scan' | 'wait';

const key = fc.nat(40);
const acts: readonly Act[] = ['checkpoint', 'write', 'drop', 'kill', 'close', 'lose the disk', 'compact', 'scan', 'wait'];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('set' as const), key, fc.nat()) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.nat()) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('get' as const), key) },
  { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...acts)) },
);

/** What a table must hold, in a map. */
class Reference {
  now = new Map<string, number>();
  /** As of the last checkpoint. */
  committed = new Map<string, number>();
  /** As of the changelog: a write is in it that no commit has followed. */
  written = new Map<string, number>();
}

async function run(kept: KeptGroup, steps: readonly Step[]): Promise<void> {
  const reference = new Reference();
  await kept.open();
  const reopen = async () => {
    await kept.open();
    reference.committed = new Map(reference.written);
    reference.now = new Map(reference.written);
  };
  for (const [what, number = 0, value = 0] of steps) {
    const name = `k${number}`;
    if (what === 'set') reference.now.set(name, value);
    if (what === 'delete') reference.now.delete(name);
    if (what === 'set' || what === 'delete') kept.set(name, what === 'set' ? value : undefined);
    if (what === 'get') expect(kept.get(name)).toBe(reference.now.get(name));
    if (what === 'checkpoint' || what === 'write') {
      await (what === 'write' ? kept.write() : kept.checkpoint());
      reference.written = new Map(reference.now);
      if (what === 'checkpoint') reference.committed = new Map(reference.now);
    }
    if (what === 'drop') {
      // A write that is not committed is aborted with its transaction; without one it stays, so this model commits it first.
      await kept.checkpoint();
      reference.written = new Map(reference.now);
      reference.committed = new Map(reference.now);
      kept.set('dropped', 1);
      kept.group.dropped();
    }
    if (what === 'wait') for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    if (what === 'compact') kept.broker.compact(changelog);
    if (what === 'scan') {
      const found: unknown[] = [];
      for await (const entry of new Entries([kept.shard], undefined)) found.push(entry);
      expect(found).toEqual([...reference.now].sort(([one], [other]) => (one < other ? -1 : 1)));
    }
    if (what === 'kill' || what === 'close' || what === 'lose the disk') {
      await (what === 'close' ? kept.close() : kept.kill());
      if (what === 'lose the disk') kept.stores = new SlowStores(2);
      await reopen();
      expect(kept.shard.size).toBe(reference.now.size);
    }
  }
  for (let number = 0; number <= 40; number++) expect(kept.get(`k${number}`)).toBe(reference.now.get(`k${number}`));
  await kept.close();
}

describe('a table with a store', () => {
  it.each([
    ['all of which fits into memory', Number.POSITIVE_INFINITY],
    ['little of which fits into memory', 2 * 220],
  ])('%s holds what a map would, whatever happens to it', async (_, cacheBytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(0, 2, 20), async (steps, turns) =>
        run(new KeptGroup(new SlowStores(turns), cacheBytes, 'json', 4), steps),
      ),
      { numRuns: runs },
    );
  });
});
