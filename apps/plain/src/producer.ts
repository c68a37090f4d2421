import kafka from '@confluentinc/kafka-javascript';
import { brokers } from './arguments.js';

/** How long the broker may take to answer. */
const timeoutMs = 10_000;

/** The driver's producer with the two calls that the apps need. */
export interface PlainProducer {
  /** Takes a message; it is on its way when this returns. */
  send(topic: string, value: string, key?: string): void;
  /** Waits until everything has arrived, and disconnects. */
  close(): Promise<void>;
}

/** Connects a producer. Rejects when no broker answers. */
export async function openProducer(): Promise<PlainProducer> {
  const producer = new kafka.Producer({ 'bootstrap.servers': brokers(), partitioner: 'murmur2_random', 'linger.ms': 0, log_level: 2 }, {});
  await new Promise<void>((resolve, reject) => {
    producer.connect({ allTopics: false, timeout: timeoutMs }, (error) =>
      error ? reject(new Error(`no Kafka broker answers at ${brokers()}. Start one, or name it with --broker host:port`)) : resolve(),
    );
  });
  producer.setPollInterval(100);
  return {
    send: (topic, value, key) => void producer.produce(topic, null, Buffer.from(value), key ?? null),
    close: async () => {
      await new Promise<void>((resolve, reject) => producer.flush(timeoutMs, (error) => (error ? reject(error) : resolve())));
      await new Promise<void>((resolve) => producer.disconnect(() => resolve()));
    },
  };
}
