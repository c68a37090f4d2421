// The app under test, as a process of its own: `node worker.ts worker …`; what it is to be stands in CHAOS as JSON.
import {
  Agent,
  App,
  CLOCK,
  type Clock,
  type Event,
  globalTable,
  Handler,
  Inject,
  json,
  main,
  type ReadonlyTable,
  type SetTable,
  type Stream,
  setTable,
  type Table,
  type Topic,
  table,
  topic,
} from '@weir/core';
import type { Form, Guarantee, Protocol } from './options.js';
import { alwaysFails, drainTimeoutMs, failsTwice, type Invoice, type Order, type Scene, shutdownTimeoutMs } from './scene.js';

export interface WorkerSettings extends Scene {
  readonly guarantee: Guarantee;
  readonly protocol: Protocol;
  readonly session: number;
  readonly fast: boolean;
  readonly store: string;
  /** Whether the table has copies on every worker. */
  readonly copies: boolean;
}

const settings = JSON.parse(process.env.CHAOS ?? '{}') as WorkerSettings;
const { fast } = settings;
const invoices = topic(settings.invoices, { value: json<Invoice>() });
const ordersOf = (form: Form) => topic(settings.orders[form] ?? `${settings.app}-none`, { value: json<Order>() });
const counts = table('counts', {
  key: 'string',
  value: json<number>(),
  default: 0,
  ...(settings.copies && { standby: 'all' as const }),
});
const idsOfKeys = setTable('ids', { key: 'string', value: 'string' });
const countsEverywhere = globalTable('everywhere', { source: counts });
const ratesOfKeys = table('rates', { source: topic(settings.rates, { key: 'string', value: json<number>() }) });
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

/** Tries of orders that fail twice. */
const tries = new Map<string, number>();

/** Counts in tables of every kind, and says what they must not have. It has a class of its own: its topic alone shares their state. */
class Counting {
  constructor(
    @Inject(invoices) private readonly out: Topic<string, Invoice>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(counts) private readonly counts: Table<string, number>,
    @Inject(idsOfKeys) private readonly ids: SetTable<string, string>,
    @Inject(countsEverywhere) private readonly everywhere: ReadonlyTable<string, number | undefined>,
    @Inject(ratesOfKeys) private readonly rates: ReadonlyTable<string, number | undefined>,
  ) {}

  @Handler(ordersOf('counted'), { concurrency: { by: 'key', max: 8 } })
  async count(order: Order, event: Event<string, Order>): Promise<void> {
    const key = event.key ?? '';
    const n = this.counts.update(key, (before) => before + 1);
    const wrong = this.#wrong(key, order, n);
    if (!fast || order.id % 10 === 0) await this.clock.sleep(order.id % 7);
    if (alwaysFails(order.id)) throw new Error('always');
    if (failsTwice(order.id) && triesOf('counted', order) <= 2) throw new Error('twice');
    this.ids.add(key, String(order.id));
    const invoice = invoiceOf('counted', order, event);
    this.out.sendSoon({ key: keyOf('counted', event), value: wrong === undefined ? invoice : { ...invoice, wrong } });
  }

  #wrong(key: string, { id }: Order, n: number): string | undefined {
    if (this.ids.has(key, String(id))) return 'it was counted before';
    if (this.rates.get(key) === undefined) return 'its key has no rate';
    // What is committed is in the table that commits it.
    const copied = this.everywhere.get(key) ?? 0;
    return copied > n ? `the copy has ${copied}, the table ${n}` : undefined;
  }
}

@App({
  id: settings.app,
  providers: has('counted') ? [Counting] : [],
  store: settings.store,
  guarantee: settings.guarantee,
  errors: { retry: { attempts: 3, backoff: '50ms' } },
  drainTimeout: drainTimeoutMs,
  shutdownTimeout: shutdownTimeoutMs,
  // What a killed worker without a name leaves open is aborted soon.
  kafka: { ...speech[settings.protocol], ...(settings.guarantee === 'exactly-once' && { 'transaction.timeout.ms': 12_000 }) },
})
class Chaos {
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
    const times = triesOf(form, order);
    if (times === 2) this.#sendHalf({ key: keyOf(form, event), value: { ...invoiceOf(form, order, event), half: true } });
    return times <= 2 ? new Error('twice') : undefined;
  }

  /** With exactly once, what nobody waits for is kept back until the try has succeeded; what somebody may wait for has the transaction undone. */
  #sendHalf(half: { readonly key: string; readonly value: Invoice }): void {
    if (half.value.id % 2 === 0) this.out.sendSoon(half);
    else void this.out.send(half);
  }
}

/** How often it was tried, with this time. */
function triesOf(form: Form, { id }: Order): number {
  const times = (tries.get(`${form}${id}`) ?? 0) + 1;
  tries.set(`${form}${id}`, times);
  return times;
}

function keyOf(form: Form, { key }: Event<string, Order>): string {
  return form === 'sync' ? `${key}` : `${form} ${key}`;
}

function invoiceOf(form: Form, { id, at }: Order, { partition }: Event<string, Order>): Invoice {
  return { id, at, form, partition };
}

await main(Chaos);
