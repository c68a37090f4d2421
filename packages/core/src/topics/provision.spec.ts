import { beforeEach, describe, expect, it } from '@jest/globals';
import { topic } from '../definitions/index.js';
import { VirtualClock } from '../time/index.js';
import { type Admin, MemoryBroker } from '../transport/index.js';
import { provision, topicsToProvision } from './index.js';

let broker: MemoryBroker;
let admin: Admin;
beforeEach(async () => {
  broker = new MemoryBroker({ clock: new VirtualClock(), partitions: 2 });
  admin = await broker.transport().admin();
});

const wanted = topicsToProvision([
  topic('orders', { partitions: 4, retention: '1d', cleanup: 'compact,delete', config: { 'max.message.bytes': '2000000' } }),
  topic('invoices'),
]);

describe('the topics that definitions ask for', () => {
  it('have the broker’s defaults for what is not said, and Kafka’s names for what is', () => {
    expect(wanted).toEqual([
      {
        ...{ name: 'orders', partitions: 4, replicas: -1 },
        config: { 'max.message.bytes': '2000000', 'retention.ms': '86400000', 'cleanup.policy': 'compact,delete' },
      },
      { name: 'invoices', partitions: -1, replicas: -1, config: {} },
    ]);
  });

  it('are one for each name, and none for a pattern', () => {
    const definitions = [topic(['a', 'b']), topic('a', { partitions: 9 }), topic(/^c/)];
    expect(topicsToProvision(definitions).map(({ name, partitions }) => [name, partitions])).toEqual([
      ['a', -1],
      ['b', -1],
    ]);
  });
});

describe("topics: 'create'", () => {
  it('creates what is missing and says what', async () => {
    broker.createTopic({ name: 'invoices', partitions: 7 });
    expect(await provision(admin, wanted, 'create')).toEqual(['orders']);
    expect(await admin.describe(['orders', 'invoices'])).toEqual([
      { name: 'invoices', partitions: 7 },
      { name: 'orders', partitions: 4 },
    ]);
    expect(broker.config('orders')).toMatchObject({ 'retention.ms': '86400000' });
  });

  it('does nothing the second time', async () => {
    await provision(admin, wanted, 'create');
    expect(await provision(admin, wanted, 'create')).toEqual([]);
  });

  it('names every topic with another number of partitions at once, and creates none of the others', async () => {
    broker.createTopic({ name: 'orders', partitions: 1 });
    broker.createTopic({ name: 'payments', partitions: 2 });
    const more = [...wanted, ...topicsToProvision([topic('payments', { partitions: 3 }), topic('missing', { partitions: 1 })])];
    await expect(provision(admin, more, 'create')).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
      message: expect.stringMatching(/orders has 1 partitions, declared 4; payments has 2 partitions, declared 3\. Correct .*recreate/),
    });
    expect(broker.topics()).toEqual(['orders', 'payments']);
  });
});

describe("topics: 'verify'", () => {
  it('creates nothing and names every topic that is missing', async () => {
    await expect(provision(admin, wanted, 'verify')).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringMatching(
        /orders \(4 partitions\), invoices \(any number of partitions\)\. Create them, or start with topics: 'create'/,
      ),
    });
    expect(broker.topics()).toEqual([]);
  });

  it('is content when all are as declared', async () => {
    await provision(admin, wanted, 'create');
    expect(await provision(admin, wanted, 'verify')).toEqual([]);
  });

  it('names a mismatch too', async () => {
    broker.createTopic({ name: 'orders', partitions: 3 });
    await expect(provision(admin, wanted, 'verify')).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' });
  });
});

describe("topics: 'off'", () => {
  it('neither asks nor creates', async () => {
    broker.createTopic({ name: 'orders', partitions: 3 });
    expect(await provision(admin, wanted, 'off')).toEqual([]);
    expect(broker.topics()).toEqual(['orders']);
  });
});
