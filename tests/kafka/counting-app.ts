// A worker as a process of its own that counts in a table, for tests that kill and halt it: `node counting-app.ts <id> <views> <report> <guarantee> [<store> <datadir>]`.
import { App, type Event, Handler, Inject, json, type Table, type Topic, table, topic, Worker } from '@weir/core';

const [id, viewsName, reportName, guarantee, store, datadir] = process.argv.slice(2);
const views = topic(viewsName, { value: json<{ readonly id: number }>() });
const report = topic(reportName, { value: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  store,
  datadir,
  // A killed member is missed soon.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Counting {
  constructor(
    @Inject(counts) private readonly table: Table<string, number>,
    @Inject(report) private readonly reports: Topic<string, number>,
  ) {}

  @Handler(views)
  count(_: { readonly id: number }, { key }: Event<string, unknown>): void {
    const url = key ?? '';
    this.reports.sendSoon({ key: url, value: this.table.update(url, (n) => n + 1) });
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(Counting);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
