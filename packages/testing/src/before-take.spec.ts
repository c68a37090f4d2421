import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Inject, type Stream, type Topic } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, type Order, order, orders } from './orders.fixture.js';

const errors = { retry: { attempts: 2, backoff: '100ms', jitter: 0 } } as const;

class Sends {
  constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
}

@App({ id: 'soon', errors })
class Soon extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.map((value) => this.out.sendSoon({ key: 'a', value }));
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'unseen', errors })
class Unseen extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.map((value) => {
      void this.out.send({ key: 'a', value });
      return value;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'dropped', errors })
class Dropped extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.filter((value) => {
      this.out.sendSoon({ key: 'a', value });
      return value.id % 2 === 0;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'forwards', errors })
class Forwards {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.events().map((event) => {
      void event.forward(invoices);
      return event;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}

const forms = Object.entries({ Soon, Unseen, Dropped, Forwards });
const refuses = (id: number) => (message: { topic: string; value?: unknown }) =>
  message.topic === 'invoices' && (JSON.parse(String(message.value)) as Order).id === id;
const ids = () => new Set(app.sent(invoices).map(({ value }) => value.id));
let app: TestApp;
afterEach(() => app.stop());

// It was taken for a message that was sent for no event: refused, it was lost, and the event was committed.
describe.each(forms)('at least once, a message that a step before take has sent: %s', (_, form) => {
  it('is sent again when the broker refused it once', async () => {
    app = await TestApp.start(form);
    let left = 1;
    const isRefused = refuses(1);
    app.broker.faults.failProduce((message) => isRefused(message) && left-- > 0);
    await app.send(orders, [0, 1, 2].map(order));
    await app.advance('30s');
    expect(ids()).toEqual(new Set([0, 1, 2]));
    expect(app.committed(orders)).toBe(3);
  });

  it('has its event set aside when the broker always refuses it', async () => {
    app = await TestApp.start(form);
    app.broker.faults.failProduce(refuses(1));
    await app.send(orders, [0, 1, 2, 3].map(order));
    await app.advance('1m');
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([1]);
    expect(ids()).toEqual(new Set([0, 2, 3]));
    expect(app.committed(orders)).toBe(4);
  });
});

describe.each(forms)('with exactly once, a step before take that sends: %s', (_, form) => {
  // `forward` was let through there: its message went out without its event.
  it('fails, and nothing of it goes out', async () => {
    app = await TestApp.start(form, { overrides: { guarantee: 'exactly-once' } });
    await app.send(orders, [0, 1].map(order));
    await app.advance('30s');
    expect(ids()).toEqual(new Set());
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([0, 1]);
  });
});
