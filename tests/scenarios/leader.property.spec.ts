import { describe, expect, it } from '@jest/globals';
import { App, Cron, Handler, Inject, type Table, type Tick, type Topic, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { runs, testLimitMs } from './property-runs.fixture.js';

const share = Math.ceil(runs / 300);
const hour = 60 * 60 * 1_000;
const begin = Date.parse('2026-03-15T00:30:00Z');
const everyMs = 6 * hour;
const expression = '0 */6 * * *';

const orders = topic('orders', { key: 'string', value: 'string' });
const sent = topic('sent', { key: 'string', value: 'long', partitions: 1 });
const counts = table('counts', { key: 'string', value: 'long', default: 0, placement: 'event' });

@App({ id: 'shop', commitInterval: '20m', stallTimeout: '1d', idleAfter: '10h' })
class Shop {
  constructor(
    @Inject(sent) private readonly sent: Topic<string, number>,
    @Inject(counts) private readonly counts: Table<string, number>,
  ) {}

  @Handler(orders)
  order(_: string, { key }: { readonly key: string | null }): void {
    this.counts.update(`order ${key}`, (n) => n + 1);
  }

  @Cron(expression, { onLeader: true })
  skip(tick: Tick): Promise<void> {
    return this.#take('skip', tick);
  }

  @Cron(expression, { onLeader: true, missed: 'once' })
  once(tick: Tick): Promise<void> {
    return this.#take('once', tick);
  }

  @Cron(expression, { onLeader: true, missed: 'all' })
  all(tick: Tick): Promise<void> {
    return this.#take('all', tick);
  }

  async #take(policy: string, { time }: Tick): Promise<void> {
    this.sent.sendSoon({ key: policy, value: time });
    this.counts.update(`${policy} ${time}`, (n) => n + 1);
    if ((time / everyMs) % 3 === 0) await this.sent.send({ key: 'waited for', value: time });
  }
}

const policies = ['skip', 'once', 'all'] as const;

/** What becomes of the leader at a tick, and for how many ticks nobody is it then. */
interface Kill {
  readonly ticks: number;
  readonly do: 'crash' | 'stop' | 'move' | 'lose' | 'refuse' | 'lose a commit';
  readonly turns: number;
  readonly away: number;
}

/** Which ticks must have run, and which may. */
class Expected {
  readonly must = new Map<string, Set<number>>(policies.map((policy) => [policy, new Set()]));
  readonly may = new Map<string, Set<number>>(policies.map((policy) => [policy, new Set()]));

  /** A leader was there and committed. */
  lived(time: number): void {
    for (const policy of policies) this.must.get(policy)?.add(time);
  }

  /** The leader went at a tick, and nobody was it for some more. */
  went(time: number, away: number): void {
    this.may.get('skip')?.add(time);
    for (let each = 0; each <= away; each++) this.must.get('all')?.add(time + each * everyMs);
    this.must.get('once')?.add(time + away * everyMs);
    this.may.get('once')?.add(time);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function run(app: TestApp, kills: readonly Kill[], isExact: boolean): Promise<void> {
  const expected = new Expected();
  let tick = begin - (begin % everyMs);
  let second: Awaited<ReturnType<TestApp['join']>> | undefined;
  const settled = async () => {
    await app.settled();
    // What was taken back comes again soon.
    await app.advance('12s');
  };
  const live = async () => {
    tick += everyMs;
    app.clock.advanceTo(tick);
    await turns(5);
    await settled();
    expected.lived(tick);
  };
  await app.settled();
  for (const kill of kills) {
    for (let count = 0; count < kill.ticks; count++) await live();
    await app.send(orders, { key: `${tick}`, value: '' });
    if (kill.do === 'refuse') {
      let left = 1;
      app.broker.faults.failProduce(({ topic }) => topic === sent.name && left-- > 0);
      await live();
    } else if (kill.do === 'lose a commit') {
      app.broker.faults.dropCommits(1);
      await live();
    } else if (kill.do === 'stop') {
      await app.restart();
      await settled();
    } else {
      if (kill.do === 'move') second ??= await app.join();
      if (kill.do === 'move') await app.settled();
      tick += everyMs;
      app.clock.advanceTo(tick);
      await turns(kill.turns);
      if (kill.do === 'lose') {
        app.broker.faults.losePartition({ topic: orders.name, partition: 0 });
        expected.went(tick, 0);
      } else {
        await app.crash();
        const away = kill.do === 'move' && second !== undefined ? 0 : kill.away;
        if (second !== undefined && kill.do === 'crash') await second.crash();
        if (kill.do === 'crash') second = undefined;
        expected.went(tick, away);
        if (away === 0) await turns(20);
        tick += away * everyMs;
        app.clock.advanceTo(tick + 60_000);
        await app.restart();
      }
      await settled();
    }
  }
  await live();
  const found = new Map<string, number[]>(policies.map((policy) => [policy, []]));
  for (const { key, value } of app.sent(sent)) found.get(key ?? '')?.push(value);
  const counted = new Map([...app.table(counts).entries()]);
  for (const policy of policies) {
    const [must, may] = [expected.must.get(policy), expected.may.get(policy)] as [Set<number>, Set<number>];
    const times = found.get(policy) as number[];
    const shown = (all: Iterable<number>) => [...all].map((time) => new Date(time).toISOString());
    const inTable = [...counted.keys()].filter((key) => key.startsWith(`${policy} `)).map((key) => Number(key.split(' ')[1]));
    expect([policy, 'missing', shown([...must].filter((time) => !inTable.includes(time)))]).toEqual([policy, 'missing', []]);
    expect([policy, 'beyond', shown(inTable.filter((time) => !must.has(time) && !may.has(time)))]).toEqual([policy, 'beyond', []]);
    expect(inTable.map((time) => counted.get(`${policy} ${time}`))).toEqual(inTable.map(() => 1));
    if (isExact) expect([policy, times]).toEqual([policy, inTable.sort((one, other) => one - other)]);
    else expect([policy, shown(inTable.filter((time) => !times.includes(time)))]).toEqual([policy, []]);
  }
}

const kill: fc.Arbitrary<Kill> = fc.record({
  ticks: fc.integer({ min: 1, max: 12 }),
  do: fc.constantFrom('crash', 'crash', 'crash', 'stop', 'move', 'lose', 'refuse', 'lose a commit'),
  turns: fc.nat(12),
  away: fc.nat(9),
});

describe.each(['at-least-once', 'exactly-once'] as const)(
  'crons of a leader that is killed at random over thirty days, %s',
  (guarantee) => {
    it(
      'are called as their policy says: what they send, what they write and what is noted agree',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(kill, { minLength: 8, maxLength: 14 }), async (kills) => {
            const app = await TestApp.start(Shop, { overrides: { guarantee }, start: begin, partitions: 2 });
            try {
              await run(app, kills, guarantee === 'exactly-once');
            } finally {
              await app.stop();
            }
          }),
          { numRuns: share, endOnFailure: true },
        );
      },
      testLimitMs,
    );
  },
);
