import { SystemClock } from '../../time/index.js';
import { describeTransport } from '../transport.contract.js';
import { MemoryBroker } from './index.js';

describeTransport('the in-memory broker', {
  open: async () => {
    const broker = new MemoryBroker({ clock: new SystemClock(), partitions: 4 });
    return {
      transport: async () => broker.transport(),
      compact: async (topic) => broker.compact(topic),
      truncate: async (before) => broker.truncate(before),
      remove: async (topic) => broker.deleteTopic(topic),
      grow: async (topic, partitions) => broker.growTopic(topic, partitions),
      close: async () => undefined,
    };
  },
  limitMs: 5_000,
});
