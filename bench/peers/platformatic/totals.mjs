// The totals with @platformatic/kafka: a stream of messages that is iterated; what it holds is sent at once.
import {
  Consumer,
  jsonDeserializer,
  jsonSerializer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializer,
  stringSerializer,
} from '@platformatic/kafka';

const { brokers, group, input, output } = JSON.parse(process.env.BENCH_JOB);
const currencies = new Set(['CZK', 'EUR', 'USD']);
const batchSize = 1_000;
const commitEveryMs = 1_000;

function checked(order) {
  if (!Number.isInteger(order.id) || !Number.isInteger(order.items)) throw new Error('id and items must be integers');
  if (!Number.isFinite(order.amount)) throw new Error('amount must be a number');
  if (typeof order.customer !== 'string' || typeof order.note !== 'string') throw new Error('customer and note must be strings');
  if (!currencies.has(order.currency)) throw new Error('currency must be one of three');
  return order;
}

const bootstrapBrokers = brokers.split(',');
const producer = new Producer({
  clientId: 'totals',
  bootstrapBrokers,
  serializers: { key: stringSerializer, value: jsonSerializer },
});
const consumer = new Consumer({
  clientId: 'totals',
  groupId: group,
  bootstrapBrokers,
  deserializers: { key: stringDeserializer, value: jsonDeserializer },
  autocommit: false,
});
const stream = await consumer.consume({
  topics: [input],
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: MessagesStreamFallbackModes.EARLIEST,
});

// Commits on reading would count what is not sent yet: the last message of each partition is committed when its output is acknowledged.
const latest = new Map();

async function commit() {
  const done = [...latest.values()];
  latest.clear();
  await Promise.all(done.map((message) => message.commit()));
}

let committing = Promise.resolve();
const timer = setInterval(() => {
  committing = commit();
}, commitEveryMs);
let isStopping = false;
process.once('SIGTERM', () => {
  isStopping = true;
  void stream.close();
});

let read = [];
async function send() {
  const messages = read.map(({ value }) => {
    const { id, customer, amount, items, currency } = checked(value);
    return { topic: output, key: customer, value: { id, customer, total: amount * items, currency } };
  });
  await producer.send({ messages, acks: ProduceAcks.ALL });
  for (const message of read) latest.set(message.partition, message);
  read = [];
}

for await (const message of stream) {
  read.push(message);
  if (read.length === batchSize || stream.readableLength === 0) await send();
}
if (!isStopping) throw new Error('the stream has ended by itself');
clearInterval(timer);
await committing;
await commit();
await consumer.close(true);
await producer.close();
process.exit(0);
