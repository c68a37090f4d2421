import { beforeEach, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { SystemClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import { pino } from 'pino';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0, placement: 'event' });
const accounts = table('accounts', { key: 'string', value: 'long', default: 0, placement: 'event' });

@App({ id: 'shop' })
class Before {
  constructor(@Inject(counts) readonly table: Table<string, number>) {}
  @Handler(views)
  count(_: string, { key }: Event<string, string>): void {
    this.table.update(key ?? '', (n) => n + 1);
    counted();
  }
}

@App({ id: 'shop' })
class Renamed {
  constructor(@Inject(accounts) readonly table: Table<string, number>) {}
  @Handler(views)
  count(_: string, { key }: Event<string, string>): void {
    this.table.update(key ?? '', (n) => n + 1);
    counted();
  }
}

const partitions = [0, 1];
let broker: MemoryBroker;
let warned: string[];
let counted: () => void;
beforeEach(() => {
  broker = new MemoryBroker({ clock: new SystemClock(), partitions: partitions.length });
  warned = [];
});

/** Runs a release until it has counted an event of each partition. */
async function release(app: typeof Before | typeof Renamed): Promise<void> {
  const write = (line: string) => void warned.push((JSON.parse(line) as { msg: string }).msg);
  let left = partitions.length;
  const areCounted = new Promise<void>((resolve) => {
    counted = () => --left === 0 && resolve();
  });
  const logger = pino({ level: 'warn' }, { write });
  const worker = await Worker.start(app, { transport: broker.transport(), environment: {}, logger });
  const producer = await broker.transport().producer();
  for (const partition of partitions) await producer.send({ topic: 'views', key: '/home', value: '', partition });
  await areCounted;
  await worker.stop();
}

// It began empty, and nothing said so; rolled back, the old one had missed what came meanwhile.
it('says once that a renamed table begins empty, and where its entries are; rolled back, that the old one has missed events', async () => {
  await release(Before);
  await release(Before);
  expect(warned).toEqual([]);
  await release(Renamed);
  expect(warned).toEqual([expect.stringMatching(/without shop-accounts-changelog: .* its entries are in shop-counts-changelog\./)]);
  await release(Renamed);
  expect(warned).toHaveLength(1);
  await release(Before);
  expect(warned[1]).toMatch(/without shop-counts-changelog: .*misses the events since.* its entries are in shop-accounts-changelog\./);
});
