// A worker that counts in a table of which every worker has a copy; as a process of its own: `node standby-app.ts <id> <views> <datadir>`.
import process from 'node:process';
import { App, type Event, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';

export const counts = table('counts', { key: 'string', value: 'long', default: 0, standby: 'all' });

/** What a class of a worker has for a test. */
export interface Counts {
  readonly counts: Table<string, number>;
}

export function standbyApp(id: string, views: string, datadir: string): new (counts: Table<string, number>) => Counts {
  @App({
    id,
    broker: `kafka://${process.env.KAFKA_BROKERS}`,
    store: 'level://',
    datadir,
    // A killed member is missed soon.
    kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
  })
  class StandingBy {
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}

    @Handler(topic(views, { value: 'long' }))
    count(_: number, { key }: Event<string, unknown>): void {
      this.counts.update(String(key), (n) => n + 1);
    }
  }
  return StandingBy;
}

const [, file, id, views, datadir] = process.argv;
if (file?.endsWith('standby-app.ts') === true) {
  process.env.WEIR_LOGLEVEL ??= 'info';
  const worker = await Worker.start(standbyApp(id, views, datadir));
  process.once('SIGTERM', () => void worker.stop());
  await worker.finished;
}
