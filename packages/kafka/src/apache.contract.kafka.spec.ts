import { SystemClock } from '@weir/core/time';
import { describeTransport } from '../../core/src/transport/transport.contract.js';
import { driverOnly } from './embedded.contract.js';
import { open } from './open.js';
import { silent } from './silent.contract.js';

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
      close: async () => undefined,
    }),
    cannot: {
      ...(properties.fastPath === false ? driverOnly : {}),
      compact: 'a segment is compacted only after the next message has rolled it, and that message would be one too many',
    },
  });
}
