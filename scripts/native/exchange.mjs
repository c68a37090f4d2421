// Moves messages through the fast path on the embedded broker, with everything that a message can have, and closes in the middle of it.
// `node scripts/native/exchange.mjs [rounds]` prints how many were exchanged and how the memory of the process grew.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { SystemClock } from '../../packages/core/dist/time/index.js';
import { loadFastPath } from '../../packages/kafka/dist/fast/native.js';
import { open } from '../../packages/kafka/dist/index.js';

const rounds = Number(process.argv[2] ?? 3);
const perRound = 4_000;
const nothing = () => undefined;
const logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

const found = loadFastPath();
if ('missing' in found) throw new Error(`the fast path is not there: ${found.missing}`);

const broker = fork(new URL('broker.mjs', import.meta.url), { execArgv: [], env: { ...process.env, LD_PRELOAD: '' } });
const [url] = await once(broker, 'message');
const transport = () => open({ broker: url, clientId: 'exchange', clock: new SystemClock(), logger, properties: {} });

/** Writes a round, in every way in which a message can be written. */
async function write(kafka, topic, round) {
  const producer = await kafka.producer();
  const sent = [];
  for (let index = 0; index < perRound; index++) {
    if (producer.isFull) await producer.drained();
    const value = index % 500 === 0 ? 'ž'.repeat(20_000) : `message ${index} of round ${round}`;
    const headers = index % 7 === 0 ? [['trace', Buffer.from(String(index))]] : undefined;
    if (index % 11 === 0) sent.push(producer.send({ topic, key: null, value, partition: index % 4 }));
    else
      producer.append(
        topic,
        index % 3 === 0 ? null : `key ${index}`,
        value,
        index % 4,
        index % 5 === 0 ? 1_000 + index : undefined,
        headers,
      );
    if (index % 300 === 299) producer.handOver();
  }
  producer.append(topic, null, 'refused', 77);
  await producer.flush().then(
    () => Promise.reject(new Error('a partition that does not exist was taken')),
    () => undefined,
  );
  await Promise.all(sent);
  // Left on its way on purpose.
  producer.append(topic, null, 'last', 0);
  void producer.send({ topic, key: null, value: 'very last', partition: 0 });
  await producer.close();
}

/** Reads a round as a member of a group, pauses and seeks in the middle of it, and keeps the batches until the consumer is gone. */
async function read(kafka, topic) {
  const consumer = await kafka.consumer({ group: topic });
  const places = [0, 1, 2, 3].map((partition) => ({ topic, partition }));
  await consumer.subscribe([topic], { assigned: nothing, revoked: nothing, lost: nothing, failed: nothing });
  const kept = [];
  let count = 0;
  while (count < perRound) {
    const isFirst = count === 0;
    for (const batch of await consumer.poll()) {
      kept.push(batch);
      count += batch.length;
    }
    if (isFirst && count > 0) {
      consumer.pause(places);
      consumer.resume(places);
    }
  }
  await consumer.seek([{ topic, partition: 0, offset: 0 }]);
  const closing = consumer.poll();
  await Promise.all([consumer.close(), closing]);
  let bytes = 0;
  for (const batch of kept)
    for (let index = 0; index < batch.length; index++)
      bytes += (batch.keyText(index)?.length ?? 0) + (batch.value(index)?.length ?? 0) + batch.headers(index).length;
  return { count, bytes };
}

const memory = [];
let total = 0;
for (let round = 0; round < rounds; round++) {
  const kafka = await transport();
  const topic = `exchange-${round}`;
  await write(kafka, topic, round);
  total += (await read(kafka, topic)).count;
  await kafka.close();
  globalThis.gc?.();
  memory.push(process.memoryUsage.rss());
}
broker.disconnect();
console.log(JSON.stringify({ exchanged: total, rssMb: memory.map((bytes) => Math.round(bytes / 1_048_576)) }));
