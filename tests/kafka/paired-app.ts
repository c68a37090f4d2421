// A worker as a process of its own that reads two topics: `node paired-app.ts <apart|together> <id> <guarantee> <properties as JSON>`. Together they feed one table.
import { App, type Event, Handler, Inject, json, type Table, type Topic, table, topic, Worker } from '@weir/core';

const [release, id, guarantee, properties] = process.argv.slice(2);
const views = topic(`${id}-views`, { value: json<{ readonly id: number }>() });
const likes = topic(`${id}-likes`, { value: json<{ readonly id: number }>() });
const report = topic(`${id}-report`, { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const options = {
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  kafka: JSON.parse(properties) as Record<string, unknown>,
};

@App(options)
class Apart {
  constructor(@Inject(report) private readonly reports: Topic<string, string>) {}

  @Handler(views)
  view({ id }: { readonly id: number }, { key }: Event<string, unknown>): void {
    this.reports.sendSoon({ key: key ?? '', value: `view ${id}` });
  }

  @Handler(likes)
  like({ id }: { readonly id: number }, { key }: Event<string, unknown>): void {
    this.reports.sendSoon({ key: key ?? '', value: `like ${id}` });
  }
}

@App(options)
class Together {
  constructor(
    @Inject(counts) private readonly table: Table<string, number>,
    @Inject(report) private readonly reports: Topic<string, string>,
  ) {}

  @Handler(views)
  view(event: { readonly id: number }, { key }: Event<string, unknown>): void {
    this.#count(key ?? '', `view ${event.id}`);
  }

  @Handler(likes)
  like(event: { readonly id: number }, { key }: Event<string, unknown>): void {
    this.#count(key ?? '', `like ${event.id}`);
  }

  #count(key: string, value: string): void {
    this.table.update(key, (n) => n + 1);
    this.reports.sendSoon({ key, value });
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(release === 'apart' ? Apart : Together);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
