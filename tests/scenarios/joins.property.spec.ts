import { describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, join, leftJoin, outerJoin, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { type Interruption, Interruptions, interruptions } from './interruptions.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

/** A thousand in CI, over the three of them. */
const share = Math.ceil(runs / 3);
const begin = Date.parse('2026-01-01T12:00:00Z');
const second = 1_000;
const partitions = 2;

const left = topic('left', { key: 'string', value: 'string', disorder: '20s' });
const right = topic('right', { key: 'string', value: 'string', disorder: '20s' });
const report = topic('report', { key: 'string', value: 'json' });

const windows = { before: 10 * second, after: 5 * second };
const inner = join(left, right, { within: { before: '10s', after: '5s' }, name: 'inner' });
const lefts = leftJoin(left, right, { within: { before: '10s', after: '5s' }, grace: '3s', name: 'lefts' });
const outer = outerJoin(left, right, { within: { before: '10s', after: '5s' }, name: 'outer' });

type Pair = readonly [string | undefined, string | undefined];

const retries = 4;

@App({ id: 'joining', idleAfter: '10h', errors: { retry: { attempts: retries, backoff: 20, order: 'key' } } })
class Joining {
  readonly #failed = new Set<string>();
  /** Of each event, which may have many pairs. */
  readonly #failures = new Map<string, number>();

  @Handler(inner, { sinks: [report] })
  inner([one, other]: Pair): unknown {
    return ['inner', one, other];
  }

  @Handler(lefts, { sinks: [report], concurrency: { by: 'key', max: 8 } })
  async lefts([one, other]: Pair, { key, time, topic, partition, offset }: Event): Promise<unknown> {
    await Promise.resolve();
    if (time % (3 * second) === 0)
      this.#failOnce(`${key} ${one} ${other}`, offset < 0 ? `${key} ${one} alone` : `${topic} ${partition} ${offset}`);
    return ['left', one ?? null, other ?? null];
  }

  @Handler(outer, { sinks: [report], concurrency: { by: 'none', max: 8 } })
  async outer([one, other]: Pair): Promise<unknown> {
    for (let turns = (one ?? other ?? '').length % 4; turns > 0; turns--) await Promise.resolve();
    return ['outer', one ?? null, other ?? null];
  }

  /** Every pair has its event fail once, as often as that is tried again. */
  #failOnce(pair: string, event: string): void {
    const failures = this.#failures.get(event) ?? 0;
    if (this.#failed.has(pair) || failures === retries) return;
    this.#failed.add(pair);
    this.#failures.set(event, failures + 1);
    throw new Error('not the first time');
  }
}

interface Sent {
  readonly side: 'left' | 'right';
  readonly key: string;
  readonly time: number;
}

/** An event as it is drawn, in seconds. */
interface Given {
  readonly side: 'left' | 'right';
  readonly key: number;
  readonly back: number;
  readonly on: number;
}

type Step = readonly Given[] | Interruption;

/** Times go on, and are out of order by no more than the disorder. */
const given: fc.Arbitrary<Given> = fc.record({ side: fc.constantFrom('left', 'right'), key: fc.nat(3), back: fc.nat(19), on: fc.nat(6) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.array(given, { maxLength: 10 }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>(...interruptions) },
);

function expected(all: readonly (Sent & { readonly name: string })[]): string[] {
  const [ones, others] = (['left', 'right'] as const).map((side) => all.filter((each) => each.side === side));
  const pairs = ones.flatMap((one) =>
    others
      .filter(({ key, time }) => key === one.key && time >= one.time - windows.before && time <= one.time + windows.after)
      .map((other) => [one, other] as const),
  );
  const told = (kind: string, key: string, one: string | null, other: string | null) => JSON.stringify([key, [kind, one, other]]);
  const alone = (some: typeof ones) => some.filter((each) => !pairs.some((pair) => pair.includes(each)));
  return [
    ...['inner', 'left', 'outer'].flatMap((kind) => pairs.map(([one, other]) => told(kind, one.key, one.name, other.name))),
    ...['left', 'outer'].flatMap((kind) => alone(ones).map(({ key, name }) => told(kind, key, name, null))),
    ...alone(others).map(({ key, name }) => told('outer', key, null, name)),
  ].sort();
}

async function run(app: TestApp, steps: readonly Step[], isExact: boolean): Promise<void> {
  const all: (Sent & { readonly name: string })[] = [];
  const interrupted = new Interruptions(app);
  let now = begin;
  for (const step of steps) {
    if (typeof step === 'string') await interrupted.by(step);
    else
      for (const { side, key, back, on } of step) {
        now += on * second;
        const each = { side, key: `k${key}`, time: now - back * second, name: `${side}${all.length}` };
        all.push(each);
        await app.send(side === 'left' ? left : right, { key: each.key, value: each.name, timestamp: each.time });
      }
  }
  for (let partition = 0; partition < partitions; partition++)
    for (const source of [left, right])
      await app.send(source, { key: null as never, value: 'end', timestamp: begin + 3_000 * second, partition });
  await app.advance('20s');
  const found = app.sent(report).map(({ key, value }) => JSON.stringify([key, value]));
  expect([...new Set(found)].sort()).toEqual(expected(all));
  if (isExact) expect(found.length).toBe(new Set(found).size);
}

/** An event with more pairs than it is tried again. */
const manyPairs: readonly Given[] = [
  ...[3, 6, 3, 3].map((back) => ({ side: 'right' as const, key: 3, back, on: 1 })),
  { side: 'left', key: 3, back: 3, on: 0 },
  ...[3, 4, 5, 2].map((back) => ({ side: 'right' as const, key: 3, back, on: 1 })),
  { side: 'left', key: 3, back: 5, on: 0 },
];

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['exactly-once', 'level://'],
] as const)('joins of two streams, %s, %s', (guarantee, store) => {
  it(
    'give what a reference does that knows all events, over failures, restarts, crashes and hand-overs',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 16, size: 'max' }), async (steps) => {
          const start = begin + 1_000 * second;
          const app = await TestApp.start(Joining, { overrides: { guarantee, store }, start, partitions });
          try {
            await run(app, steps, guarantee === 'exactly-once');
          } finally {
            await app.stop();
          }
        }),
        { numRuns: share, examples: [[[manyPairs]]] },
      );
    },
    testLimitMs,
  );
});
