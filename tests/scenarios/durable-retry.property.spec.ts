import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { App, type Event, Handler } from '@weir/core';
import { ParkedEvents } from '../../packages/core/src/tables/retries/parked-events.js';
import {
  exactlyOnce,
  given,
  hold,
  Invoicing,
  type Life,
  nothingLost,
  type Order,
  orders,
  restless,
  search,
  steps,
} from './life.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

/** Every fourth order fails a few times, whoever has it. */
class Failing extends Invoicing {
  take(order: Order, event: Event): Promise<void> {
    const { id } = order;
    const tries = given.filter((each) => each === id).length;
    given.push(id);
    if (id % 4 === 1 && tries < id % 3) throw new Error('not yet');
    return this.invoice(order, event);
  }
}

@App({ id: 'parked' })
class Serial extends Failing {
  @Handler(orders)
  override take(order: Order, event: Event): Promise<void> {
    return super.take(order, event);
  }
}

@App({ id: 'parked-keys' })
class Keyed extends Failing {
  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  override take(order: Order, event: Event): Promise<void> {
    return super.take(order, event);
  }
}

const retry = { attempts: 3, backoff: '400ms' } as const;
const durable = { errors: { retry: { ...retry, durable: true } } } as const;
const few = { errors: { retry: { ...retry, durable: { max: 2 } } } } as const;

/** Each key in order: the last time that an order was given to a handler comes before the last time of the next one. */
function serial({ sent }: Life): void {
  const last = new Map(given.map((id, at) => [id, at] as const));
  for (let key = 0; key < 5; key++) {
    const ofKey = sent.filter((id) => id % 5 === key).map((id) => last.get(id) ?? -1);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  }
}

function inOrder(life: Life): void {
  nothingLost(life);
  serial(life);
}

function inOrderOnce(life: Life): void {
  exactlyOnce(life);
  serial(life);
}

const share = Math.ceil(runs * 0.05);

describe.each([
  ['whatever happens', steps],
  ['whatever happens while nothing is at rest', restless],
])('with durable retries, %s', (_, plans) => {
  it.each([
    ['one event after another', Serial, durable],
    ['many keys at once', Keyed, durable],
    ['with room for few', Keyed, few],
  ] as const)(
    'each key keeps its order, and nothing is lost, %s',
    (_, shape, overrides) => hold(shape, inOrder, share, plans, overrides),
    testLimitMs,
  );

  it.each([
    ['one event after another', Serial, durable],
    ['many keys at once', Keyed, durable],
    ['with room for few', Serial, few],
  ] as const)(
    'each key keeps its order, and everything shows exactly once when asked to, %s',
    (_, shape, overrides) => hold(shape, inOrderOnce, share, plans, { ...overrides, guarantee: 'exactly-once' }),
    testLimitMs,
  );
});

describe('the property finds a planted bug:', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each([
    ['nobody waits behind a parked event', () => jest.spyOn(ParkedEvents.prototype, 'isBehind').mockReturnValue(false)],
    ['what is parked is not found after a restart', () => jest.spyOn(ParkedEvents.prototype, 'restore').mockReturnValue(undefined)],
    ['it is forgotten what was parked', () => jest.spyOn(ParkedEvents.prototype, 'parked').mockReturnValue(undefined)],
  ])(
    '%s',
    async (_, plant) => {
      plant();
      const { failed } = await search(Keyed, inOrderOnce, 300, { ...durable, guarantee: 'exactly-once' });
      expect(failed).toBe(true);
    },
    120_000,
  );
});
