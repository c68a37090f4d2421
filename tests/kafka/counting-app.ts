// A worker as a process of its own that counts in a table, for tests that kill and halt it: `node counting-app.ts <id> <views> <report> <guarantee> [<store> <datadir> [holds | accepts]]`.
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { App, type Event, Handler, Inject, json, type Table, type Topic, table, topic, Worker } from '@weir/core';

const [id, viewsName, reportName, guarantee, store, datadir, holds] = process.argv.slice(2);
interface View {
  readonly id: number;
  /** Has a worker that `holds` keep its transaction open. */
  readonly isHeld?: boolean;
}

const views = topic(viewsName, { value: json<View>() });
const report = topic(reportName, { value: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  store: store || undefined,
  datadir: datadir || path.join(os.tmpdir(), id),
  // A killed member is missed soon, and so is its transaction.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500, 'transaction.timeout.ms': 10_000 },
})
class Counting {
  constructor(
    @Inject(counts) private readonly table: Table<string, number>,
    @Inject(report) private readonly reports: Topic<string, number>,
  ) {}

  @Handler(views)
  count({ isHeld }: View, { key }: Event<string, unknown>): Promise<void> | void {
    const url = key ?? '';
    const count = { key: url, value: this.table.update(url, (n) => n + 1) };
    if (isHeld && holds === 'holds') return this.hold(count);
    this.reports.sendSoon(count);
  }

  private async hold(count: { readonly key: string; readonly value: number }): Promise<void> {
    await this.reports.send(count);
    console.log('holding');
    await setTimeout(2_000);
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(Counting, { acceptReset: holds === 'accepts' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
