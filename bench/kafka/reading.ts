import { Arrivals } from './arrivals.js';
import { type Consumer, connectConsumer, consume, disconnect, type Message, type Properties } from './clients.js';
import { beginnings, partitions } from './topics.js';

/** Opens a reader of a whole topic, without a group, that is told when messages have come. */
export async function openReader(brokers: string, topic: string, properties: Properties = {}): Promise<[Consumer, Arrivals]> {
  const arrivals = new Arrivals();
  const consumer = await connectConsumer(brokers, {
    'group.id': 'bench-reader',
    'fetch.queue.backoff.ms': 1,
    'queued.min.messages': 20_000,
    queue_non_empty_cb: arrivals.raise,
    ...properties,
  });
  consumer.setDefaultConsumeTimeout(0);
  consumer.assign(beginnings(topic));
  return [consumer, arrivals];
}

/** Reads a topic from its beginning to where it ends now. */
export async function readToEnd(brokers: string, topic: string, look: (message: Message) => void): Promise<void> {
  const [consumer, arrivals] = await openReader(brokers, topic, { 'enable.partition.eof': true });
  const ended = new Set<number>();
  consumer.on('partition.eof', ({ partition }: { partition: number }) => ended.add(partition));
  while (ended.size < partitions) {
    arrivals.lower();
    const messages = await consume(consumer, 2_000);
    for (const message of messages) look(message);
    if (messages.length === 0) await arrivals.wait(200);
  }
  await disconnect(consumer);
}
