import { Arrivals } from './arrivals.js';
import { type Consumer, connectConsumer, consume, disconnect, type Message, type Properties } from './clients.js';
import type { Partition } from './topics.js';

const stallMs = 60_000;

/** Opens a reader of partitions from their beginning, without a group, that is told when messages have come. */
export async function openReader(
  brokers: string,
  partitions: readonly Partition[],
  properties: Properties = {},
): Promise<[Consumer, Arrivals]> {
  const arrivals = new Arrivals();
  const consumer = await connectConsumer(brokers, {
    'group.id': 'bench-reader',
    'fetch.queue.backoff.ms': 1,
    'queued.min.messages': 20_000,
    queue_non_empty_cb: arrivals.raise,
    ...properties,
  });
  consumer.setDefaultConsumeTimeout(0);
  consumer.assign(partitions.map((each) => ({ ...each, offset: 0 })));
  return [consumer, arrivals];
}

/** Reads partitions from their beginning to where they end now. @throws Error when nothing comes for a minute before that */
export async function readToEnd(brokers: string, partitions: readonly Partition[], look: (message: Message) => void): Promise<void> {
  const [consumer, arrivals] = await openReader(brokers, partitions, { 'enable.partition.eof': true });
  const ended = new Set<string>();
  consumer.on('partition.eof', ({ topic, partition }: Partition) => ended.add(`${topic}/${partition}`));
  for (let movedAt = Date.now(); ended.size < partitions.length; ) {
    arrivals.lower();
    const messages = await consume(consumer, 2_000);
    if (messages.length > 0) movedAt = Date.now();
    if (Date.now() - movedAt > stallMs) throw new Error(`the end of ${partitions.length - ended.size} partitions is not reached`);
    for (const message of messages) look(message);
    if (messages.length === 0) await arrivals.wait(200);
  }
  await disconnect(consumer);
}
