import { describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, json, type Table, table, topic } from '@weir/core';
import { TestApp, type TestWorker } from '@weir/testing';
import fc from 'fast-check';
import { runs, testLimitMs, withinLimit } from './property-runs.fixture.js';

const PARTITIONS = 3;
const share = Math.ceil(runs * 0.1);
const payments = topic('payments', { value: json<{ readonly to: number }>() });
const byPayee = payments.groupBy(({ to }) => (to === 9 ? undefined : to), { name: 'by-payee', key: 'long' });
const received = table('received', { key: 'long', value: 'long', default: 0 });

@App({ id: 'accounts' })
class Accounts {
  constructor(@Inject(received) readonly received: Table<number, number>) {}

  @Handler(byPayee)
  receive({ to }: { readonly to: number }): void {
    this.received.update(to, (n) => n + 1);
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('send' as const), to: fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(600) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('settle', 'crash', 'restart', 'join', 'leave', 'refuse', 'drop a commit') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'lose' as const), partition: fc.nat(PARTITIONS - 1) }) },
  ),
  { minLength: 3, maxLength: 20 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

/** A life of the app among faults: what was sent to whom. */
async function live(app: TestApp, plan: readonly Step[]): Promise<number[]> {
  const sent: number[] = [];
  const joined: TestWorker[] = [];
  const { faults } = app.broker;
  for (const step of plan) {
    if ('to' in step) {
      sent.push(...step.to);
      await app.send(
        payments,
        step.to.map((to, index) => ({ key: `${index}`, value: { to } })),
      );
    } else if ('ms' in step) {
      app.clock.advanceTo(app.clock.now() + step.ms);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    } else if ('partition' in step) {
      const at = ['payments', 'accounts-by-payee-repartition'].map((name) => ({ topic: name, partition: step.partition }));
      if (step.do === 'revoke') faults.revokeNow(at);
      else faults.losePartition(...at);
    } else if (step.do === 'settle') await app.settled();
    else if (step.do === 'crash') await app.crash().then(() => app.restart());
    else if (step.do === 'restart') await app.restart();
    else if (step.do === 'join') joined.push(await app.join());
    else if (step.do === 'leave') await joined.shift()?.stop();
    else if (step.do === 'drop a commit') faults.dropCommits(1);
    else {
      let left = 1;
      faults.failProduce(({ topic: to }) => to === 'accounts-by-payee-repartition' && left-- > 0);
    }
  }
  return sent;
}

const countsOf = (all: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => a - b));
};

describe.each(['at-least-once', 'exactly-once'] as const)('a grouped source, %s', (guarantee) => {
  it(
    'loses nothing, and its table has each message of its topic once, whatever happens',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (plan) => {
          const overrides = { guarantee, errors: { retry: { attempts: 3, backoff: '100ms' } } } as const;
          const app = await TestApp.start(Accounts, { overrides, partitions: PARTITIONS });
          try {
            const sent = await live(app, plan);
            // What a crash left open is given up meanwhile.
            await app.advance('3m');
            const wanted = countsOf(sent.filter((to) => to !== 9));
            const table = Object.fromEntries(
              app
                .table(received)
                .entries()
                .sort(([a], [b]) => a - b),
            );
            expect(table).toEqual(countsOf(app.sent(byPayee).map(({ key }) => key ?? -1)));
            expect(app.deadLetters()).toEqual([]);
            if (guarantee === 'exactly-once') expect(table).toEqual(wanted);
            for (const [to, count] of Object.entries(wanted)) expect(table[to]).toBeGreaterThanOrEqual(count);
          } finally {
            await app.stop();
          }
        }),
        { numRuns: share, endOnFailure: true, ...withinLimit },
      );
    },
    testLimitMs,
  );
});
