import { describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, json, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { type Interruption, Interruptions, interruptions } from './interruptions.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

const share = Math.ceil(runs / 15);
const second = 1_000;

interface Mail {
  readonly id: number;
  readonly due: number;
}

const orders = topic('orders', { key: 'string', value: json<Mail>() });
const mails = topic('mails', { key: 'string', value: json<Mail>() });

/** Those whose time was over when they were sent: they go past those that wait. */
let straight = new Set<number>();

@App({ id: 'shop' })
class Shop {
  constructor(
    @Inject(mails) private readonly mails: Topic<string, Mail>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Handler(orders)
  order(mail: Mail, { key }: { readonly key: string | null }): void {
    if (mail.due <= this.clock.now()) straight.add(mail.id);
    this.mails.sendSoon({ key, value: mail, at: mail.due });
  }
}

type Step = Interruption | 'refuse' | { readonly pass: number } | readonly { readonly key: string; readonly after: number }[];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), after: fc.integer({ min: -2, max: 20 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
  },
  { weight: 4, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 8_000 }) }) },
  { weight: 3, arbitrary: fc.constantFrom(...interruptions, 'refuse' as const) },
);

interface Sent extends Mail {
  readonly key: string;
}

/** The broker does not take the next message that is moved on: with exactly once all of its transaction is taken back, at least once it alone is sent again. */
function refuseOne({ broker: { faults } }: TestApp): void {
  let left = 1;
  faults.failProduce(({ topic: name }) => name === 'mails' && left-- > 0);
}

/** The pairs of one key of which the second must not come before the first: it was sent after it, and is due no earlier. */
function misplaced(all: readonly Sent[], came: ReadonlyMap<number, number>): string[] {
  return all.flatMap((first) =>
    all
      .filter(({ key, id, due }) => key === first.key && id > first.id && due >= first.due && !straight.has(id))
      .filter(({ id }) => (came.get(id) as number) < (came.get(first.id) as number))
      .map(({ id }) => `${id} before ${first.id}`),
  );
}

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['exactly-once', 'level://'],
] as const)('delayed messages, %s, %s', (guarantee, store) => {
  it(
    'come all, none before its time, those of a key in the order of their times, whatever happens to the workers',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
          straight = new Set();
          const app = await TestApp.start(Shop, { partitions: 2, overrides: { guarantee, store } });
          const happens = new Interruptions(app);
          const all: Sent[] = [];
          try {
            for (const each of steps) {
              if (each === 'refuse') refuseOne(app);
              else if (typeof each === 'string') await happens.by(each);
              else if ('pass' in each) await app.advance(each.pass);
              else {
                const some = each.map(({ key, after }, index) => ({ key, id: all.length + index, due: app.clock.now() + after * second }));
                all.push(...some);
                await app.send(
                  orders,
                  some.map(({ key, ...value }) => ({ key, value })),
                );
              }
            }
            await app.settled();
            await app.advance('1m');
            const came = app.sent(mails);
            for (const { value, timestamp } of came) expect(timestamp).toBeGreaterThanOrEqual(value.due);
            const ids = came.map(({ value }) => value.id);
            expect([...new Set(ids)].sort((one, other) => one - other)).toEqual(all.map(({ id }) => id));
            if (guarantee === 'exactly-once') expect(ids).toHaveLength(all.length);
            const places = new Map(ids.toReversed().map((id, index) => [id, ids.length - index]));
            // At least once, what was sent behind a message that is refused is on its way already.
            if (guarantee === 'exactly-once' || !steps.includes('refuse')) expect(misplaced(all, places)).toEqual([]);
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
