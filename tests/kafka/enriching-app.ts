// A worker as a process of its own that looks up in tables which others write, for tests that kill it: `node enriching-app.ts <id> <guarantee> <datadir>`.
import { App, type Event, globalTable, Handler, Inject, json, type ReadonlyTable, table, topic, Worker } from '@weir/core';

interface Customer {
  readonly name: string;
  readonly country: string;
}

const [id, guarantee, datadir] = process.argv.slice(2);
const orders = topic(`${id}-orders`, { value: json<number>() });
const customers = topic(`${id}-customers`, { value: json<Customer>() });
const countries = topic(`${id}-countries`, { value: 'string' });
const enriched = topic(`${id}-enriched`, { value: 'string' });
const byId = table('customers', { source: customers, default: { name: 'nobody', country: '' } });
const names = globalTable('countries', { source: countries, default: 'nowhere' });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  store: 'level://',
  datadir,
  // A killed member is missed soon.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Enriching {
  constructor(
    @Inject(byId) private readonly customers: ReadonlyTable<string, Customer>,
    @Inject(names) private readonly countries: ReadonlyTable<string, string>,
  ) {}

  @Handler(orders, { sinks: [enriched] })
  enrich(order: number, { key }: Event<string, number>): string {
    const { name, country } = this.customers.get(key ?? '');
    return `${order} ${name} ${this.countries.get(country)}`;
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(Enriching);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
