import { afterEach, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { SystemClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import { pino } from 'pino';

const visits = topic('visits', { key: 'string', value: 'string' });
const numbers = table('numbers', { key: 'string', value: 'long', default: 0 });

@App({ id: 'shop' })
class Shop {
  constructor(@Inject(numbers) private readonly counts: Table<string, number>) {}

  @Handler(visits.groupBy((url) => url, { name: 'by-url' }))
  count(url: string): void {
    this.counts.update(url, (n) => n + 1);
  }
}

let worker: Worker | undefined;
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function start(broker: MemoryBroker, topics: 'create' | 'verify'): Promise<string[]> {
  const told: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void told.push((JSON.parse(line) as { msg: string }).msg) });
  worker = await Worker.start(Shop, { transport: broker.transport(), environment: {}, logger, topics });
  await worker.stop();
  return told;
}

it('creates changelogs and repartition topics as they must be, and finds nothing to say of them then', async () => {
  const broker = new MemoryBroker({ clock: new SystemClock() });
  expect(await start(broker, 'create')).toEqual([]);
  expect(broker.config('shop-numbers-changelog')).toMatchObject({
    'cleanup.policy': 'compact',
    'max.message.bytes': '1048588',
    'message.timestamp.type': 'CreateTime',
  });
  expect(broker.config('shop-by-url-repartition')).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
  expect(await start(broker, 'verify')).toEqual([]);
});

it('does not start where a changelog is deleted by time, and tells what else is not as it should be', async () => {
  const wrong = new MemoryBroker({ clock: new SystemClock() });
  wrong.createTopic({ name: 'shop-numbers-changelog', partitions: 1 });
  await expect(start(wrong, 'create')).rejects.toMatchObject({
    code: 'TOPIC_MISMATCH',
    message: expect.stringContaining('cleanup.policy=compact'),
  });
  const slow = new MemoryBroker({ clock: new SystemClock() });
  slow.createTopic({ name: 'shop-numbers-changelog', partitions: 1, config: { 'cleanup.policy': 'compact' } });
  expect(await start(slow, 'create')).toEqual([expect.stringContaining('segment.bytes=1073741824 and needs segment.bytes=67108864')]);
  await expect(start(slow, 'verify')).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' });
});
