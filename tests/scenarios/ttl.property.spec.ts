import { describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { runs, testLimitMs } from './property-runs.fixture.js';

const share = Math.ceil(runs / 20);
const start = Date.parse('2026-01-01');
const minute = 60_000;
const ttlMs = 10 * minute;

const visits = topic('visits', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0, ttl: ttlMs });

@App({ id: 'visitors' })
class Visitors {
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}

  @Handler(visits)
  visit(what: string, { key }: { readonly key: string | null }): void {
    if (what === 'count') this.counts.update(key ?? '', (n) => n + 1);
    if (what === 'delete') this.counts.delete(key ?? '');
  }
}

interface Visit {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

/** What a table must hold. */
class Reference {
  readonly #entries = new Map<string, { readonly n: number; readonly time: number }>();
  now = 0;

  take({ key, value, timestamp }: Visit): void {
    this.now = Math.max(this.now, timestamp);
    if (value === 'count') this.#entries.set(key, { n: this.get(key) + 1, time: timestamp });
    if (value === 'delete') this.#entries.delete(key);
  }

  get(key: string): number {
    const found = this.#entries.get(key);
    return found === undefined || found.time + ttlMs < this.now ? 0 : found.n;
  }

  get entries(): [string, number][] {
    return [...this.#entries.keys()].map((key): [string, number] => [key, this.get(key)]).filter(([, n]) => n > 0);
  }
}

type Step = readonly Visit[] | 'settle' | 'commit' | 'restart' | 'crash' | 'lose the disk' | 'compact';

/** Mostly in order, some late, some far ahead. */
const visit: fc.Arbitrary<Visit> = fc.record({
  key: fc.nat(6).map((number) => `k${number}`),
  value: fc.constantFrom('count', 'count', 'count', 'delete', 'nothing'),
  timestamp: fc.integer({ min: 0, max: 55 * 4 }).map((quarters) => start + (quarters * minute) / 4),
});
const visitsInOrder = fc.array(visit, { maxLength: 8 }).map((some) => [...some].sort((one, other) => one.timestamp - other.timestamp));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: visitsInOrder },
  { weight: 3, arbitrary: fc.constantFrom<Step>('settle', 'commit', 'restart', 'crash', 'lose the disk', 'compact') },
);

/** Keys that the changelog still has, though they have expired for longer than it takes to remove them. */
function leftOver(app: TestApp, now: number): string[] {
  const last = new Map<string, number | undefined>();
  for (const { key, value, headers, timestamp } of app.broker.messages('visitors-counts-changelog'))
    if (headers.length === 0) last.set(String(key), value === null ? undefined : timestamp);
  return [...last].flatMap(([key, time]) => (time !== undefined && time + ttlMs + ttlMs / 60 < now ? key : []));
}

async function run(app: TestApp, steps: readonly Step[]): Promise<void> {
  const reference = new Reference();
  for (const step of steps) {
    if (step === 'settle') await app.settled();
    else if (step === 'commit') await app.advance('2s');
    else if (step === 'restart') await app.restart();
    else if (step === 'compact') app.broker.compact('visitors-counts-changelog');
    else if (step === 'crash' || step === 'lose the disk') {
      await app.crash();
      await app.restart({ datadir: step === 'crash' ? 'kept' : 'lost' });
    } else {
      await app.send(visits, step);
      for (const visit of step) reference.take(visit);
    }
  }
  await app.settled();
  const expected = reference.entries.sort();
  expect(app.table(counts).entries().sort()).toEqual(expected);
  const { counts: own } = app.get(Visitors);
  expect(Array.from({ length: 7 }, (_, number) => own.get(`k${number}`))).toEqual(
    Array.from({ length: 7 }, (_, number) => reference.get(`k${number}`)),
  );
  // What is gone is removed, and nothing else is.
  await app.advance('10s');
  expect(app.table(counts).entries().sort()).toEqual(expected);
  expect(leftOver(app, reference.now)).toEqual([]);
}

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
  ['exactly-once', 'level://'],
] as const)('a table with a ttl, %s, %s', (guarantee, store) => {
  it(
    'holds what a map would that forgets by event time, over restarts, crashes and lost disks',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
          const app = await TestApp.start(Visitors, { overrides: { guarantee, store }, start });
          try {
            await run(app, steps);
          } finally {
            await app.stop();
          }
        }),
        { numRuns: share },
      );
    },
    testLimitMs,
  );
});
