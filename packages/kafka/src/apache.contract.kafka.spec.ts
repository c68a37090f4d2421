import kafka from '@confluentinc/kafka-javascript';
import { SystemClock } from '@weir/core/internal/time';
import { describeTransport } from '../../core/src/transport/transport.contract.js';
import { driverOnly } from './embedded.contract.js';
import { open } from './open.js';
import { silent } from './silent.fixture.js';

/** The pace of tests: rebalances and new topics are noticed at once. */
const paces = {
  'the classic protocol': { 'heartbeat.interval.ms': 500, 'session.timeout.ms': 6_000, 'topic.metadata.refresh.interval.ms': 500 },
  'KIP-848': { 'group.protocol': 'consumer', 'topic.metadata.refresh.interval.ms': 500 },
};

const ways = [
  { name: '', fastPath: true },
  { name: ', without the fast path', fastPath: false },
];

for (const [protocol, pace] of Object.entries(paces))
  for (const { name, fastPath } of ways) describeApache(`Apache Kafka with ${protocol}${name}`, { ...pace, fastPath });

type Admin = ReturnType<typeof kafka.AdminClient.create>;

const answerMs = 10_000;

/** Does with the bare driver what the port has no word for. */
async function administer(act: (admin: Admin, done: (error: unknown) => void) => void): Promise<void> {
  const admin = kafka.AdminClient.create({ 'bootstrap.servers': process.env.KAFKA_BROKERS });
  try {
    await new Promise<void>((resolve, reject) => act(admin, (error) => (error ? reject(error) : resolve())));
  } finally {
    admin.disconnect();
  }
}

function describeApache(name: string, properties: Readonly<Record<string, unknown>>): void {
  describeTransport(name, {
    open: async () => ({
      transport: () =>
        open({
          broker: `kafka://${process.env.KAFKA_BROKERS}`,
          clientId: 'contract',
          clock: new SystemClock(),
          logger: silent,
          properties,
        }),
      truncate: (before) => administer((admin, done) => admin.deleteRecords([before], {}, done)),
      remove: (topic) => administer((admin, done) => admin.deleteTopic(topic, answerMs, done)),
      grow: (topic, partitions) => administer((admin, done) => admin.createPartitions(topic, partitions, answerMs, done)),
      close: async () => undefined,
    }),
    cannot: {
      ...(properties.fastPath === false ? driverOnly : {}),
      compact: 'a segment is compacted only after the next message has rolled it, and that message would be one too many',
    },
  });
}
