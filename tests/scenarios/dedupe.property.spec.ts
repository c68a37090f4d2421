import { describe, expect, it } from '@jest/globals';
import { App, dedupe, Handler, Inject, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { type Interruption, Interruptions, interruptions } from './interruptions.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

const share = Math.ceil(runs / 10);
const begin = Date.parse('2026-01-01T12:00:00Z');
const second = 1_000;
const partitions = 2;
const within = 10 * second;

const payments = topic('payments', { key: 'string', value: 'string', disorder: '15s' });
const booked = topic('booked', { key: 'string', value: 'string' });
const sums = table('sums', { key: 'string', value: 'long', default: 0 });
const idOf = (value: string) => value.split(' ')[0];
const once = dedupe(payments, { by: idOf, within: '10s', name: 'once' });

@App({ id: 'booking', errors: { retry: { attempts: 4, backoff: 20 } } })
class Booking {
  @Inject(sums) private readonly sums!: Table<string, number>;
  readonly #tries = new Map<string, number>();

  @Handler(once, { sinks: [booked] })
  async book(value: string, { key }: { readonly key: string | null }): Promise<string> {
    if (value.length % 2 === 0) await Promise.resolve();
    if (value.endsWith('3')) this.#failOnce(value);
    this.sums.update(key ?? '', (sum) => sum + 1);
    return value;
  }

  #failOnce(what: string): void {
    const tries = this.#tries.get(what) ?? 0;
    this.#tries.set(what, tries + 1);
    if (tries === 0) throw new Error('not the first time');
  }
}

interface Given {
  readonly id: number;
  readonly key: number;
  readonly back: number;
  readonly on: number;
}

interface Sent {
  readonly key: string;
  readonly value: string;
  readonly time: number;
}

type Step = readonly Given[] | Interruption;

/** Times go on, by much now and then, and are out of order by no more than the disorder. */
const given: fc.Arbitrary<Given> = fc.record({
  id: fc.nat(2),
  key: fc.nat(1),
  back: fc.nat(15),
  on: fc.oneof({ weight: 4, arbitrary: fc.nat(6) }, fc.constant(40)),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.array(given, { maxLength: 10 }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>(...interruptions) },
);

/** All that is no duplicate, for somebody who forgets nothing. The keys of one partition are one: each has one partition, and its duplicates come there. */
function expected(all: readonly Sent[]): Sent[] {
  const passed: Sent[] = [];
  for (const each of all)
    if (
      !passed.some(({ key, value, time }) => key === each.key && idOf(value) === idOf(each.value) && Math.abs(time - each.time) <= within)
    )
      passed.push(each);
  return passed;
}

async function run(app: TestApp, steps: readonly Step[], isExact: boolean): Promise<void> {
  const all: Sent[] = [];
  const interrupted = new Interruptions(app);
  let now = begin;
  for (const step of steps) {
    if (typeof step === 'string') await interrupted.by(step);
    else
      for (const { id, key, back, on } of step) {
        now += on * second;
        const each = { key: `k${key}`, value: `id${id}-k${key} ${all.length}`, time: now - back * second };
        all.push(each);
        await app.send(payments, { key: each.key, value: each.value, timestamp: each.time });
      }
  }
  await app.advance('20s');
  const found = app.sent(booked).map(({ value }) => value as string);
  const right = expected(all).map(({ value }) => value);
  expect([...new Set(found)].sort()).toEqual([...right].sort());
  if (!isExact) return;
  expect(found.length).toBe(right.length);
  for (const key of ['k0', 'k1']) expect(app.table(sums).get(key)).toBe(expected(all).filter((each) => each.key === key).length);
}

describe.each([
  ['at-least-once', 'memory://'],
  ['at-least-once', 'level://'],
  ['exactly-once', 'memory://'],
  ['exactly-once', 'level://'],
] as const)('a source without duplicates, %s, %s', (guarantee, store) => {
  it(
    'gives what a reference does that forgets nothing, over failures, restarts, crashes and hand-overs',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 16, size: 'max' }), async (steps) => {
          const app = await TestApp.start(Booking, { overrides: { guarantee, store }, start: begin + 3_600 * second, partitions });
          try {
            await run(app, steps, guarantee === 'exactly-once');
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
