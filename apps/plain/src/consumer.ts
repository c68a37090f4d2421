import kafka, { type Message, type Metadata } from '@confluentinc/kafka-javascript';
import { brokers } from './arguments.js';

const timeoutMs = 10_000;
/** Offsets that stand for the two ends of a partition. */
const ends = { earliest: -2, latest: -1 } as const;

/** A message as the driver gives it. */
export type PlainMessage = Message;

/** Reads every partition of a topic without a group, and goes on with what comes until the signal. */
export async function follow(
  topic: string,
  from: keyof typeof ends,
  print: (message: Message) => void,
  signal: AbortSignal,
): Promise<void> {
  const consumer = new kafka.KafkaConsumer(
    {
      'bootstrap.servers': brokers(),
      'group.id': 'plain-consumer',
      'enable.auto.commit': false,
      'fetch.queue.backoff.ms': 5,
      log_level: 2,
    },
    {},
  );
  const metadata = await new Promise<Metadata>((resolve, reject) => {
    consumer.connect({ topic, allTopics: false, timeout: timeoutMs }, (error, found) =>
      error ? reject(new Error(`no Kafka broker answers at ${brokers()}. Start one, or name it with --broker host:port`)) : resolve(found),
    );
  });
  try {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    if (partitions.length === 0) throw new Error(`there is no topic ${topic}. Start what writes to it first`);
    consumer.assign(partitions.map(({ id }) => ({ topic, partition: id, offset: ends[from] })));
    consumer.setDefaultConsumeTimeout(50);
    while (!signal.aborted) for (const message of await consume(consumer)) print(message);
  } finally {
    await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  }
}

function consume(consumer: InstanceType<typeof kafka.KafkaConsumer>): Promise<Message[]> {
  return new Promise((resolve, reject) => consumer.consume(100, (error, messages) => (error ? reject(error) : resolve(messages))));
}
