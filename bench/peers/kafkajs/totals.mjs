// The totals with KafkaJS: a batch in, a batch out.
import kafkajs from 'kafkajs';

const { brokers, group, input, output } = JSON.parse(process.env.BENCH_JOB);
const currencies = new Set(['CZK', 'EUR', 'USD']);

function checked(order) {
  if (!Number.isInteger(order.id) || !Number.isInteger(order.items)) throw new Error('id and items must be integers');
  if (!Number.isFinite(order.amount)) throw new Error('amount must be a number');
  if (typeof order.customer !== 'string' || typeof order.note !== 'string') throw new Error('customer and note must be strings');
  if (!currencies.has(order.currency)) throw new Error('currency must be one of three');
  return order;
}

const kafka = new kafkajs.Kafka({ clientId: 'totals', brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({ groupId: group });
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [input], fromBeginning: true });
await consumer.run({
  autoCommitInterval: 1_000,
  eachBatchAutoResolve: true,
  eachBatch: async ({ batch, heartbeat }) => {
    const messages = batch.messages.map(({ value }) => {
      const { id, customer, amount, items, currency } = checked(JSON.parse(value.toString()));
      return { key: customer, value: JSON.stringify({ id, customer, total: amount * items, currency }) };
    });
    await producer.send({ topic: output, acks: -1, messages });
    await heartbeat();
  },
});
process.once('SIGTERM', async () => {
  await consumer.disconnect();
  await producer.disconnect();
  process.exit(0);
});
