// The work by hand on the bare driver, as quick as it can be written: what weir is measured against.
import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals } from '../kafka/arrivals.js';
import { connectConsumer, connectProducer, consume, disconnect, flush, isQueueFull, type Message } from '../kafka/clients.js';
import { checked, type PlainOrder, totalOf } from '../work/order.js';
import { job } from './job.js';

const { brokers, group, input, output } = job();
const commitEveryMs = 1_000;
const arrivals = new Arrivals();
let isStopping = false;
let failure: unknown;

const producer = await connectProducer(brokers, {
  'linger.ms': 5,
  'enable.idempotence': true,
  'queue.buffering.max.messages': 500_000,
  'delivery.report.only.error': true,
  dr_cb: (error: unknown) => {
    failure = error;
  },
});
const consumer = await connectConsumer(brokers, {
  'group.id': group,
  'auto.offset.reset': 'earliest',
  'fetch.queue.backoff.ms': 1,
  'queued.min.messages': 10_000,
  queue_non_empty_cb: arrivals.raise,
});
consumer.setDefaultConsumeTimeout(0);
consumer.subscribe([input]);
process.once('SIGTERM', () => {
  isStopping = true;
  arrivals.raise();
});

const next: (number | undefined)[] = [];

async function fetch(): Promise<Message[]> {
  arrivals.lower();
  const messages = await consume(consumer, 1_000);
  if (messages.length === 0) await arrivals.wait(commitEveryMs);
  return messages;
}

async function handle({ value, key, partition, offset }: Message): Promise<void> {
  const order = checked(JSON.parse((value as Buffer).toString()) as PlainOrder);
  const bytes = Buffer.from(JSON.stringify(totalOf(order)));
  for (;;) {
    try {
      producer.produce(output, null, bytes, key);
      break;
    } catch (thrown) {
      if (!isQueueFull(thrown)) throw thrown;
      await sleep(2);
    }
  }
  next[partition] = offset + 1;
}
