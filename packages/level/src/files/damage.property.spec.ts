import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupStore } from '@weir/core/internal/stores';
import fc from 'fast-check';
import { pino } from 'pino';
import { open } from '../index.js';

const runs = Number(process.env.PROPERTY_RUNS ?? 200);
const batches = 12;
const keys = 400;
const logger = pino({ level: 'silent' });

/** What happens to a file, at a place between its beginning (0) and its end (1). */
type Harm = readonly [kind: 'flip' | 'zero' | 'cut' | 'remove', file: number, place: number, bits: number];

const harm: fc.Arbitrary<Harm> = fc.tuple(
  fc.constantFrom('flip' as const, 'flip' as const, 'zero' as const, 'cut' as const, 'remove' as const),
  fc.nat(100),
  fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  fc.integer({ min: 1, max: 255 }),
);

describe('a database that was damaged while nobody had it open', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-damage-'));
  const whole = path.join(folder, 'whole');
  const damaged = path.join(folder, 'damaged');
  /** What the table holds after each batch. */
  const states: ReadonlyMap<string, string>[] = [new Map()];

  const opened = async <T>(directory: string, work: (store: GroupStore) => Promise<T>): Promise<T> => {
    const stores = await open({ directory, logger } as never);
    try {
      return await work(await stores.open('views-0'));
    } finally {
      await stores.close();
    }
  };

  /** Each opening makes a table of the log of the one before; the last batches are in a log. */
  beforeAll(async () => {
    for (let batch = 1; batch <= batches; ) {
      await opened(whole, async (store) => {
        for (const until = Math.min(batches, batch + 3); batch <= until; batch++) {
          const state = new Map(states[batch - 1]);
          const writing = store.batch();
          for (let each = 0; each < keys / 4; each++) {
            const key = `page/${(each * 37 + batch * 101) % keys}`;
            const value = `${batch}`.padEnd(40 + (each % 60), `${key} is seen `);
            state.set(key, value);
            writing.put('counts', key, value);
          }
          states.push(state);
          await writing.write(new Map([['counts', { position: batch, seenAt: 0, size: state.size }]]));
        }
      });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const harmed = ([kind, number, place, bits]: Harm): void => {
    rmSync(damaged, { recursive: true, force: true });
    cpSync(whole, damaged, { recursive: true });
    const inside = path.join(damaged, 'views-0.v1');
    const names = readdirSync(inside).sort();
    const file = path.join(inside, names[number % names.length]);
    const bytes = readFileSync(file);
    const at = Math.floor(place * bytes.length);
    if (kind === 'remove') rmSync(file);
    else if (kind === 'cut') truncateSync(file, at);
    else {
      if (kind === 'flip' && bytes.length > 0) bytes[at] ^= bits;
      if (kind === 'zero') bytes.fill(0, at, Math.min(at + bits, bytes.length));
      writeFileSync(file, bytes);
    }
  };

  it('has what it had after one of its batches, as its note says, or is made anew', async () => {
    await fc.assert(
      fc.asyncProperty(harm, async (given) => {
        harmed(given);
        await opened(damaged, async (store) => {
          const found = new Map<string, string>();
          for await (const some of store.entries('counts')) for (const [key, value] of some) found.set(key.toString(), value.toString());
          const position = store.notes.get('counts')?.position ?? 0;
          expect([...found].sort()).toEqual([...states[position]].sort());
          for (const [key, value] of states[position]) expect(store.get('counts', key)?.toString()).toBe(value);
        });
      }),
      { numRuns: runs },
    );
  });

  it('is as it was where nothing happened to it', async () => {
    rmSync(damaged, { recursive: true, force: true });
    cpSync(whole, damaged, { recursive: true });
    await opened(damaged, async (store) => expect(store.notes.get('counts')?.position).toBe(batches));
    expect(readdirSync(damaged).filter((name) => name.endsWith('.broken'))).toEqual([]);
  });
});
