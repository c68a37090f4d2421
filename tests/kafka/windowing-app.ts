// A worker as a process of its own with windows, a join and a schedule, for tests that kill it: `node windowing-app.ts <id> <guarantee> <member>`.
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  App,
  type Event,
  Handler,
  Inject,
  json,
  leftJoin,
  type Schedule,
  schedule,
  table,
  topic,
  type WindowEvent,
  type WindowedTable,
  Worker,
} from '@weir/core';

const [id, guarantee, member] = process.argv.slice(2);

interface Numbered {
  readonly id: number;
}
interface Order extends Numbered {
  /** What becomes of the timer of its key. */
  readonly timer?: 'soon' | 'late' | 'none';
}

const output = { key: 'string', value: 'json' } as const;
const views = topic(`${id}-views`, { key: 'string', value: json<Numbered>(), disorder: '500ms' });
const orders = topic(`${id}-orders`, { key: 'string', value: json<Order>(), disorder: '500ms' });
const payments = topic(`${id}-payments`, { key: 'string', value: json<Numbered>(), disorder: '500ms' });
const report = topic(`${id}-report`, output);
const late = topic(`${id}-late`, output);
const paid = topic(`${id}-paid`, output);
const reminded = topic(`${id}-reminded`, output);

const perSecond = table('per-second', { key: 'string', value: 'long', default: 0 }).tumbling('1s');
const orderPayments = leftJoin(orders, payments, { within: { after: '1s' }, name: 'order-payments' }, (order, payment) => [
  order.id,
  payment?.id ?? null,
]);
const reminders = schedule('reminders', output);

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  member,
  datadir: path.join(os.tmpdir(), id),
  idleAfter: '2s',
  // A killed member is missed soon, and so is its transaction.
  kafka: { 'session.timeout.ms': 4_000, 'heartbeat.interval.ms': 500, 'transaction.timeout.ms': 5_000 },
})
class Windowing {
  constructor(
    @Inject(perSecond) private readonly perSecond: WindowedTable<string, number>,
    @Inject(reminders) private readonly reminders: Schedule<string, unknown>,
  ) {}

  @Handler(views)
  count({ id }: Numbered, { key }: Event<string, Numbered>): Promise<void> | void {
    this.perSecond.update(key ?? '', (n) => n + 1);
    // Else all is over before anybody can be killed.
    if (id % 25 === 0) return setTimeout(10);
  }

  @Handler(perSecond.closed, { sinks: [report] })
  publish(n: number, { window }: WindowEvent<string, number>): unknown {
    return [window.start, n];
  }

  @Handler(perSecond.late, { sinks: [late] })
  miss({ id }: Numbered, { window }: WindowEvent<string, Numbered>): unknown {
    return [window.start, id];
  }

  @Handler(orderPayments, { sinks: [paid] })
  pay(pair: unknown): unknown {
    return pair;
  }

  @Handler(orders)
  order({ id, timer }: Order, { key }: Event<string, Order>): void {
    if (timer === 'soon') this.reminders.after('3s', key ?? '', id);
    if (timer === 'late') this.reminders.after('10m', key ?? '', id);
    if (timer === 'none') this.reminders.cancel(key ?? '');
  }

  @Handler(reminders, { sinks: [reminded] })
  remind(id: unknown): unknown {
    return id;
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(Windowing);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
