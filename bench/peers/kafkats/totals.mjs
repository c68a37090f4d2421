// The totals as a kafkats flow: topics with codecs, a stream whose values are mapped.
import { string } from '@kafkats/client';
import { flow, topic } from '@kafkats/flow';

const { brokers, group, input, output } = JSON.parse(process.env.BENCH_JOB);
const currencies = new Set(['CZK', 'EUR', 'USD']);

function checked(order) {
  if (!Number.isInteger(order.id) || !Number.isInteger(order.items)) throw new Error('id and items must be integers');
  if (!Number.isFinite(order.amount)) throw new Error('amount must be a number');
  if (typeof order.customer !== 'string' || typeof order.note !== 'string') throw new Error('customer and note must be strings');
  if (!currencies.has(order.currency)) throw new Error('currency must be one of three');
  return order;
}

const value = {
  encode: (total) => Buffer.from(JSON.stringify(total)),
  decode: (bytes) => checked(JSON.parse(bytes.toString())),
};
const orders = topic(input, { key: string(), value });

const app = flow({
  applicationId: group,
  client: { clientId: 'totals', brokers: brokers.split(','), logLevel: 'error' },
  consumer: { autoOffsetReset: 'earliest' },
  producer: { acks: 'all', lingerMs: 5 },
  runEach: { autoCommitIntervalMs: 1_000 },
});
app
  .stream(orders)
  .mapValues(({ id, customer, amount, items, currency }) => ({ id, customer, total: amount * items, currency }))
  .to(output, { key: string(), value });

process.once('SIGTERM', async () => {
  await app.close();
  process.exit(0);
});
await app.start();
