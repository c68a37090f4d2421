import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals } from '../kafka/arrivals.js';
import { connectConsumer, connectProducer, consume, disconnect, flush, isQueueFull, type Message } from '../kafka/clients.js';
import { type PlainOrder, totalOf } from '../work/order.js';
import { job } from './job.js';

/**
 * Runs the work by hand on the bare driver, as quick as it can be written, until SIGTERM.
 * @param read parses and validates an order
 */
export async function runLoop(read: (text: string) => PlainOrder): Promise<void> {
  const { brokers, group, input, inputs = [input], output, properties = {} } = job();
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
    ...properties,
  });
  const consumer = await connectConsumer(brokers, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'fetch.queue.backoff.ms': 1,
    'queued.min.messages': 10_000,
    queue_non_empty_cb: arrivals.raise,
    ...properties,
  });
  consumer.setDefaultConsumeTimeout(0);
  consumer.subscribe([...inputs]);
  process.once('SIGTERM', () => {
    isStopping = true;
    arrivals.raise();
  });

  /** Of each topic, by partition. */
  const next = new Map(inputs.map((topic) => [topic, [] as (number | undefined)[]]));

  async function fetch(): Promise<Message[]> {
    arrivals.lower();
    const messages = await consume(consumer, 1_000);
    if (messages.length === 0) await arrivals.wait(commitEveryMs);
    return messages;
  }

  /** False when the driver has no room: to be tried again. */
  function handle({ value, key, topic, partition, offset }: Message): boolean {
    const order = read((value as Buffer).toString());
    try {
      producer.produce(output, null, Buffer.from(JSON.stringify(totalOf(order))), key);
    } catch (thrown) {
      if (isQueueFull(thrown)) return false;
      throw thrown;
    }
    (next.get(topic) as (number | undefined)[])[partition] = offset + 1;
    return true;
  }

  /** What was produced is acknowledged before its offsets are committed. */
  async function checkpoint(): Promise<void> {
    const offsets = [...next].flatMap(([topic, of]) =>
      of.flatMap((offset, partition) => (offset === undefined ? [] : [{ topic, partition, offset }])),
    );
    for (const of of next.values()) of.length = 0;
    if (offsets.length === 0) return;
    await flush(producer);
    if (failure !== undefined) throw failure;
    consumer.commit(offsets);
  }

  let committedAt = Date.now();
  let fetching = fetch();
  while (!isStopping) {
    const messages = await fetching;
    // The driver collects the next messages on a thread of its own meanwhile.
    fetching = fetch();
    for (let index = 0; index < messages.length; ) {
      if (handle(messages[index])) index++;
      else await sleep(2);
    }
    if (Date.now() - committedAt >= commitEveryMs) {
      await checkpoint();
      committedAt = Date.now();
    }
  }
  await fetching;
  await checkpoint();
  await disconnect(consumer);
  await disconnect(producer);
}
