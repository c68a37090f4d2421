import { describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, table, topic, type WindowEvent, type WindowedTable } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { type Interruption, Interruptions, interruptions } from './interruptions.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

const share = Math.ceil(runs / 20);
const begin = Date.parse('2026-01-01T12:00:00Z');
const second = 1_000;
const disorderMs = 5 * second;
const graceMs = 10 * second;
const partitions = 2;

const visits = topic('visits', { key: 'string', value: 'string', disorder: disorderMs });
const plain = { key: 'string', value: 'long', default: 0 } as const;
const minutes = table('minutes', plain).tumbling('1m', { grace: graceMs });
const hops = table('hops', plain).hopping('50s', '20s', { grace: graceMs });
const sessions = table('sessions', plain).session('30s', { grace: graceMs, merge: (one, other) => one + other });
const unread = table('unread', plain).tumbling('1m', { keep: '2m' });
const report = topic('report', { key: 'string', value: 'json' });

type Closed = [table: string, start: number, end: number, n: number];

@App({ id: 'visitors', idleAfter: '10h', errors: { retry: { attempts: 3, backoff: 50 } } })
class Visitors {
  readonly #tries = new Map<string, number>();

  constructor(
    @Inject(minutes) private readonly minutes: WindowedTable<string, number>,
    @Inject(hops) private readonly hops: WindowedTable<string, number>,
    @Inject(sessions) private readonly sessions: WindowedTable<string, number>,
    @Inject(unread) private readonly unread: WindowedTable<string, number>,
  ) {}

  @Handler(visits)
  visit(what: string, { key, offset }: { readonly key: string | null; readonly offset: number }): void {
    if (what === 'nothing') return;
    for (const windowed of [this.minutes, this.hops, this.sessions, this.unread]) windowed.update(key ?? '', (n) => n + 1);
    if (what === 'fails once') this.#failOnce(`${key} ${offset}`);
  }

  @Handler(minutes.closed, { sinks: [report] })
  minute(n: number, { window }: WindowEvent<string, number>): Closed {
    if (window.start % (2 * 60 * second) === 0) this.#failOnce(`${window.key} ${window.start}`);
    return ['minutes', window.start, window.end, n];
  }

  @Handler(hops.closed, { sinks: [report], concurrency: { by: 'key', max: 8 } })
  async hop(n: number, { window }: WindowEvent<string, number>): Promise<Closed> {
    return ['hops', window.start, window.end, n];
  }

  @Handler(sessions.closed, { sinks: [report] })
  session(n: number, { window }: WindowEvent<string, number>): Closed {
    return ['sessions', window.start, window.end, n];
  }

  #failOnce(what: string): void {
    const tries = this.#tries.get(what) ?? 0;
    this.#tries.set(what, tries + 1);
    if (tries === 0) throw new Error('not the first time');
  }
}

interface Visit {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

interface Session {
  start: number;
  end: number;
  n: number;
}

/** What must come of the events of a partition, one after another. */
class Reference {
  readonly closed = new Map<string, number>();
  #greatest = Number.NEGATIVE_INFINITY;
  readonly #open = new Map<string, Session[]>();

  take({ key, value, timestamp: time }: Visit): void {
    const watermark = this.#greatest - disorderMs;
    const isClosed = (end: number) => end + graceMs <= watermark;
    if (value !== 'nothing') {
      for (const [name, size, every] of [
        ['minutes', 60 * second, 60 * second],
        ['hops', 50 * second, 20 * second],
      ] as const)
        for (let start = Math.floor(time / every) * every; start > time - size; start -= every)
          if (!isClosed(start + size)) this.#count(name, key, start, start + size, 1);
      this.#session(key, time, isClosed);
    }
    this.#greatest = Math.max(this.#greatest, time);
  }

  #count(name: string, key: string, start: number, end: number, n: number): void {
    const window = JSON.stringify([key, name, start, end]);
    this.closed.set(window, (this.closed.get(window) ?? 0) + n);
  }

  #session(key: string, time: number, isClosed: (end: number) => boolean): void {
    const open = (this.#open.get(key) ?? []).filter(({ end }) => !isClosed(end));
    const own = { start: time, end: time + 30 * second };
    const touched = open.filter(({ start, end }) => start < own.end && own.start < end);
    const merged = {
      start: Math.min(own.start, ...touched.map(({ start }) => start)),
      end: Math.max(own.end, ...touched.map(({ end }) => end)),
      n: touched.reduce((sum, { n }) => sum + n, 1),
    };
    if (isClosed(merged.end)) return;
    for (const each of touched) this.closed.delete(JSON.stringify([key, 'sessions', each.start, each.end]));
    this.closed.set(JSON.stringify([key, 'sessions', merged.start, merged.end]), merged.n);
    this.#open.set(key, [...open.filter((each) => !touched.includes(each)), merged]);
  }
}

type Step = readonly Visit[] | Interruption | 'refuse a result';

const visit: fc.Arbitrary<Visit> = fc.record({
  key: fc.nat(5).map((number) => `k${number}`),
  value: fc.constantFrom('count', 'count', 'count', 'fails once'),
  timestamp: fc.integer({ min: 0, max: 600 }).map((seconds) => begin + seconds * second),
});
const some = fc.array(visit, { maxLength: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: some.map((visits) => [...visits].sort((one, other) => one.timestamp - other.timestamp)) },
  { weight: 2, arbitrary: some },
  { weight: 3, arbitrary: fc.constantFrom<Step>(...interruptions, 'refuse a result') },
);

/** The next result is refused. */
function refuseOne(app: TestApp): void {
  let left = 1;
  app.broker.faults.failProduce(({ topic }) => topic === report.name && left-- > 0);
}

async function run(app: TestApp, steps: readonly Step[], isExact: boolean): Promise<void> {
  const references = Array.from({ length: partitions }, () => new Reference());
  const interrupted = new Interruptions(app);
  for (const step of steps) {
    if (step === 'refuse a result') refuseOne(app);
    else if (typeof step === 'string') await interrupted.by(step);
    else {
      const positions = await app.send(visits, step);
      for (const [index, { partition }] of positions.entries()) references[partition].take(step[index]);
    }
  }
  const last = { key: 'last', value: 'nothing', timestamp: begin + 3_000 * second };
  for (let partition = 0; partition < partitions; partition++) await app.send(visits, { ...last, partition });
  await app.advance('20s');
  const found = app.sent(report).map(({ key, value }) => {
    const [name, start, end, n] = value as Closed;
    return [JSON.stringify([key, name, start, end]), n] as const;
  });
  const expected = new Map(references.flatMap(({ closed }) => [...closed]));
  expect(Object.fromEntries([...new Map(found)].sort())).toEqual(Object.fromEntries([...expected].sort()));
  if (isExact) expect(found.length).toBe(expected.size);
  for (const each of [minutes, hops, sessions, unread]) expect([each.name, app.table(each).size]).toEqual([each.name, 0]);
}

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
  ['exactly-once', 'level://'],
] as const)('windows, %s, %s', (guarantee, store) => {
  it(
    'close with what a reference counts, over late events, failures, restarts, crashes and hand-overs',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (steps) => {
          const start = begin + 600 * second;
          const app = await TestApp.start(Visitors, { overrides: { guarantee, store }, start, partitions });
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
