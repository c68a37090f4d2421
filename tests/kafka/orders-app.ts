// An app for tests of stopping and of outages, as a process of its own: `node orders-app.ts <what it is to be, as JSON> worker -b …`.
import { App, CLOCK, type Clock, type Event, Handler, Inject, json, main, OnAssigned, type Topic, topic } from '@weir/core';

export interface OrdersAppShape {
  readonly id: string;
  readonly guarantee: 'at-least-once' | 'exactly-once';
  /** steady: an order a millisecond; retry: order 13 fails and waits long for its retry; batch: twenty orders at once, or those of a minute; hook: told of its partitions, it never goes on. */
  readonly way: 'steady' | 'retry' | 'batch' | 'hook';
}

interface Order {
  readonly id: number;
}

const { id, guarantee, way } = JSON.parse(process.argv[2]) as OrdersAppShape;
const orders = topic(`${id}-orders`, { value: json<Order>() });
const invoices = topic(`${id}-invoices`, { value: json<Order>() });
const pace = { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 };
// With exactly once a commit waits for what is being retried, and drainTimeout is what it waits at most.
const errors = { retry: { attempts: 3, backoff: '10s' } } as const;
const times = { drainTimeout: way === 'retry' ? '20s' : '5s', shutdownTimeout: way === 'retry' ? '20s' : '8s' } as const;

@App({ id, guarantee, errors, ...times, kafka: pace })
class Steady {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(orders, { sinks: [invoices] })
  async take(order: Order): Promise<Order> {
    if (way === 'retry' && order.id === 13) throw new Error('not yet');
    await this.clock.sleep(1);
    return order;
  }
}

@App({ id, guarantee, errors, ...times, kafka: pace })
class Batched {
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders, { batch: { max: 20, within: '60s' } })
  take(all: Order[], events: Event<string, Order>[]): void {
    for (const [index, value] of all.entries()) this.out.sendSoon({ key: events[index].key, value });
  }
}

@App({ id, guarantee, kafka: pace, shutdownTimeout: '2s' })
class Hanging {
  @OnAssigned()
  come(): Promise<void> {
    console.log('assigned');
    return new Promise(() => {});
  }

  @Handler(orders)
  take(): void {}
}

const shapes = { steady: Steady, retry: Steady, batch: Batched, hook: Hanging };
await main(shapes[way], process.argv.slice(3));
