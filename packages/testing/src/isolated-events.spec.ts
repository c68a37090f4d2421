import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, type Stream } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, type Order, order, orders } from './orders.fixture.js';

const guarantees = ['at-least-once', 'exactly-once'] as const;
const refused = (...ids: number[]) => {
  const values = ids.map((id) => JSON.stringify({ id }));
  return ({ topic, value }: { topic: string; value?: unknown }) => topic === 'invoices' && values.includes(String(value));
};
const setAside = () => app.deadLetters().map(({ agent, offset }) => `${agent}@${offset}`);
const ids = () => new Set(app.sent(invoices).map(({ value }) => value.id));
let app: TestApp;
afterEach(() => app.stop());

/** Does nothing for a while, so that the group's offset stays behind. */
class Slow {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(orders)
  async slow({ id }: Order): Promise<void> {
    if (id === 0) await this.clock.sleep(20_000);
  }
}

@App({ id: 'loop' })
class Loop extends Slow {
  @Agent(orders, { sinks: [invoices] })
  async *take(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const one of stream) yield one;
  }
}

@App({ id: 'arrays' })
class Arrays extends Slow {
  @Handler(orders, { batch: { max: 10, within: '100ms' }, sinks: [invoices] })
  take(some: Order[]): Order[] {
    return some;
  }
}

// A loop did not see that the event behind what it had done before was to run by itself. It ran it among others, it was refused again, and so on without end;
// with exactly once no other agent came to its retry.
describe.each([
  ['loop', Loop],
  ['arrays', Arrays],
] as const)('an event that is refused behind some that are done and not committed: %s', (_, form) => {
  it.each(guarantees)('is set aside: %s', async (guarantee) => {
    app = await TestApp.start(form, { overrides: { guarantee } });
    await app.send(orders, [0, 1].map(order));
    await app.advance('2s', { running: 1 });
    app.broker.faults.failProduce(refused(2));
    await app.send(orders, [2, 3].map(order));
    await app.advance('10s', { running: 1 });
    expect(setAside()).toEqual([`${form.name}.take@2`]);
    await app.advance('30s');
    expect(app.committed(orders)).toBe(4);
    expect(ids()).toEqual(new Set([0, 1, 3]));
  });
});

// Each waited `within` for more to come, which were not to run with it: an array of a thousand events took minutes.
describe('the events of an array of which one is refused', () => {
  @App({ id: 'large' })
  class Large {
    @Handler(orders, { batch: { max: 1_000, within: '1s' }, sinks: [invoices] })
    take(some: Order[]): Order[] {
      return some;
    }
  }

  it.each(guarantees)('run one after another without a wait: %s', async (guarantee) => {
    const all = Array.from({ length: 900 }, (_, id) => id);
    app = await TestApp.start(Large, { overrides: { guarantee } });
    app.broker.faults.failProduce(refused(17));
    await app.send(orders, all.map(order));
    await app.advance('30s');
    expect(setAside()).toEqual(['Large.take@17']);
    expect(app.committed(orders)).toBe(900);
    expect(ids()).toEqual(new Set(all.filter((id) => id !== 17)));
  });
});
