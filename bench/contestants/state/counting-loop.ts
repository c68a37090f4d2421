// The count by hand on the bare driver: a Map, a changelog, LevelDB behind it. It shows what the work costs, and survives no kill.
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { Arrivals } from '../../kafka/arrivals.js';
import { connectConsumer, connectProducer, consume, disconnect, flush, isQueueFull, type Message } from '../../kafka/clients.js';
import { changelogOf } from '../../work/counts.js';
import { job } from '../job.js';

const { brokers, group, input, datadir = '.' } = job();
const changelog = changelogOf(group);
const commitEveryMs = 1_000;
const arrivals = new Arrivals();
let isStopping = false;
let failure: unknown;

mkdirSync(datadir, { recursive: true });
const store = new ClassicLevel<string, Buffer>(datadir, { valueEncoding: 'buffer' });
await store.open();
const producer = await connectProducer(brokers, {
  ...{ 'linger.ms': 5, 'enable.idempotence': true, 'queue.buffering.max.messages': 500_000, 'delivery.report.only.error': true },
  dr_cb: (error: unknown) => {
    failure = error;
  },
});
const consumer = await connectConsumer(brokers, {
  ...{ 'group.id': group, 'auto.offset.reset': 'earliest', 'fetch.queue.backoff.ms': 1, 'queued.min.messages': 10_000 },
  queue_non_empty_cb: arrivals.raise,
});
consumer.setDefaultConsumeTimeout(0);
consumer.subscribe([input]);
process.once('SIGTERM', () => {
  isStopping = true;
  arrivals.raise();
});

const counts = new Map<string, number>();
let dirty = new Map<string, number>();
const next: (number | undefined)[] = [];

async function fetch(): Promise<Message[]> {
  arrivals.lower();
  const messages = await consume(consumer, 1_000);
  if (messages.length === 0) await arrivals.wait(commitEveryMs);
  return messages;
}

/** Which partition of the changelog a key is in: that of its events. */
function count({ key, partition, offset }: Message): void {
  const name = String(key);
  counts.set(name, (counts.get(name) ?? 0) + 1);
  dirty.set(name, partition);
  next[partition] = offset + 1;
}

async function write(name: string, partition: number, value: Buffer): Promise<void> {
  for (;;) {
    try {
      producer.produce(changelog, partition, value, name);
      return;
    } catch (thrown) {
      if (!isQueueFull(thrown)) throw thrown;
      await sleep(2);
    }
  }
}

/** The changelog is acknowledged before offsets are committed; the store is written last. */
async function checkpoint(): Promise<void> {
  const changed = dirty;
  const offsets = next.flatMap((offset, partition) => (offset === undefined ? [] : [{ topic: input, partition, offset }]));
  if (offsets.length === 0) return;
  dirty = new Map();
  next.length = 0;
  const batch = store.batch();
  for (const [name, partition] of changed) {
    const value = Buffer.alloc(8);
    value.writeBigInt64BE(BigInt(counts.get(name) as number));
    await write(name, partition, value);
    batch.put(name, value);
  }
  await flush(producer);
  if (failure !== undefined) throw failure;
  consumer.commit(offsets);
  await batch.write();
}

let committedAt = Date.now();
let fetching = fetch();
while (!isStopping) {
  const messages = await fetching;
  fetching = fetch();
  for (const message of messages) count(message);
  if (Date.now() - committedAt >= commitEveryMs) {
    await checkpoint();
    committedAt = Date.now();
  }
}
await fetching;
await checkpoint();
await store.close();
await disconnect(consumer);
await disconnect(producer);
