import type { Topology } from '../../topology/index.js';

/** What an internal topic for messages of others takes: the largest message that brokers take (1,048,588), and headers. */
const roomyBytes = 1_150_000;

/** What messages of others need that are written again with more beside them. @param declared what their own topic takes, where that is said */
export function maxMessageBytes({ app }: Topology, declared = 0): string {
  return String(Math.max(roomyBytes, declared, Number(app.kafka?.['message.max.bytes'] ?? 0)));
}

/** What a topic of Kafka 3.6 or later needs to take any timestamp (KIP-937): since 4.0 one that is an hour ahead is refused. */
export const anyTimestamp = {
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
};
