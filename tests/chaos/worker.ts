// The app under test, as a process of its own: `node worker.ts worker …`; what it is to be stands in CHAOS as JSON.
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, main, type Stream, type Topic, topic } from '@weir/core';
import type { Form, Guarantee, Protocol } from './options.js';
import { alwaysFails, drainTimeoutMs, failsTwice, type Invoice, type Order, type Scene, shutdownTimeoutMs } from './scene.js';

export interface WorkerSettings extends Scene {
  readonly guarantee: Guarantee;
  readonly protocol: Protocol;
  readonly session: number;
  readonly fast: boolean;
}

const settings = JSON.parse(process.env.CHAOS ?? '{}') as WorkerSettings;
const { fast } = settings;
const invoices = topic(settings.invoices, { value: json<Invoice>() });
const ordersOf = (form: Form) => topic(settings.orders[form] ?? `${settings.app}-none`, { value: json<Order>() });
const has = (form: Form) => settings.forms.includes(form);
/** Declares a method only where the run has its form. */
const where =
  (form: Form, declare: (declaring: object, method: string, descriptor: never) => void) =>
  (declaring: object, method: string, descriptor: unknown): void => {
    if (has(form)) declare(declaring, method, descriptor as never);
  };

const classic = { 'session.timeout.ms': settings.session, 'heartbeat.interval.ms': 500 };
const speech: Readonly<Record<Protocol, Readonly<Record<string, unknown>>>> = {
  eager: { ...classic, 'partition.assignment.strategy': 'range' },
  cooperative: classic,
  'kip-848': { 'group.protocol': 'consumer' },
};

@App({
  id: settings.app,
  guarantee: settings.guarantee,
  errors: { retry: { attempts: 3, backoff: '50ms' } },
  drainTimeout: drainTimeoutMs,
  shutdownTimeout: shutdownTimeoutMs,
  // What a killed worker without a name leaves open is aborted soon.
  kafka: { ...speech[settings.protocol], ...(settings.guarantee === 'exactly-once' && { 'transaction.timeout.ms': 12_000 }) },
})
class Chaos {
  readonly #tries = new Map<string, number>();

  constructor(
    @Inject(invoices) private readonly out: Topic<string, Invoice>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @where('sync', Handler(ordersOf('sync'), { sinks: [invoices] }))
  sync(order: Order, event: Event<string, Order>): Invoice {
    this.#mayFail('sync', order, event);
    return invoiceOf('sync', order, event);
  }

  @where('keyed', Handler(ordersOf('keyed'), { concurrency: { by: 'key', max: 8 } }))
  async keyed(order: Order, event: Event<string, Order>): Promise<void> {
    if (!fast || order.id % 10 === 0) await this.clock.sleep(order.id % 7);
    this.#mayFail('keyed', order, event);
    this.#send('keyed', order, event);
  }

  @where('batch', Handler(ordersOf('batch'), { batch: { max: 50, within: '20ms' } }))
  async batch(orders: Order[], events: Event<string, Order>[]): Promise<void> {
    await this.clock.sleep(2);
    // Every one has its try before the first failure ends that of all.
    const failures = orders.flatMap((order, index) => this.#failure('batch', order, events[index]) ?? []);
    if (failures.length > 0) throw failures[0];
    for (const [index, order] of orders.entries()) this.#send('batch', order, events[index]);
  }

  @where('loop', Agent(ordersOf('loop')))
  async loop(stream: Stream<Order, string>): Promise<void> {
    for await (const event of stream.events()) {
      const order = event.value as Order;
      if (order.id % 20 === 0) await this.clock.sleep(5);
      this.#mayFail('loop', order, event);
      await this.out.send({ key: keyOf('loop', event), value: invoiceOf('loop', order, event) });
    }
  }

  @where('beside', Handler(ordersOf('beside')))
  async beside(order: Order, event: Event<string, Order>): Promise<void> {
    if (order.id % (fast ? 100 : 3) === 0) await this.clock.sleep(8);
    this.#send('beside', order, event);
  }

  #send(form: Form, order: Order, event: Event<string, Order>): void {
    this.out.sendSoon({ key: keyOf(form, event), value: invoiceOf(form, order, event) });
  }

  #mayFail(form: Form, order: Order, event: Event<string, Order>): void {
    const failure = this.#failure(form, order, event);
    if (failure !== undefined) throw failure;
  }

  #failure(form: Form, order: Order, event: Event<string, Order>): Error | undefined {
    if (alwaysFails(order.id)) return new Error('always');
    if (!failsTwice(order.id)) return undefined;
    const tries = (this.#tries.get(`${form}${order.id}`) ?? 0) + 1;
    this.#tries.set(`${form}${order.id}`, tries);
    if (tries === 2) this.#sendHalf({ key: keyOf(form, event), value: { ...invoiceOf(form, order, event), half: true } });
    return tries <= 2 ? new Error('twice') : undefined;
  }

  /** With exactly once, what nobody waits for is kept back until the try has succeeded; what somebody may wait for has the transaction undone. */
  #sendHalf(half: { readonly key: string; readonly value: Invoice }): void {
    if (half.value.id % 2 === 0) this.out.sendSoon(half);
    else void this.out.send(half);
  }
}

function keyOf(form: Form, { key }: Event<string, Order>): string {
  return form === 'sync' ? `${key}` : `${form} ${key}`;
}

function invoiceOf(form: Form, { id, at }: Order, { partition }: Event<string, Order>): Invoice {
  return { id, at, form, partition };
}

await main(Chaos);
