// The bare driver: what counts must not be counted by what is tested.
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';

const { AdminClient, KafkaConsumer, Producer } = kafka;
const answerMs = 30_000;
const closeMs = 5_000;
/** Longer than the workers' transactions, and than a broker takes to look for those whose time is up. */
const openMs = 120_000;

export type PlainConsumer = InstanceType<typeof KafkaConsumer>;
export type PlainProducer = InstanceType<typeof Producer>;

export interface PlainMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  /** The topic that a dead letter comes from. */
  readonly source: string | undefined;
}

type Callback<T> = (error: Error | null | undefined, answer: T) => void;

export function answer<T>(call: (callback: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

export async function createTopics(brokers: string, topics: readonly string[], partitions: number, replicas: number): Promise<void> {
  const admin = AdminClient.create({ 'bootstrap.servers': brokers });
  try {
    for (const topic of topics) {
      const wanted = { topic, num_partitions: partitions, replication_factor: replicas };
      await answer<void>((done) => admin.createTopic(wanted, answerMs, done as never));
    }
  } finally {
    admin.disconnect();
  }
}

export async function openConsumer(
  brokers: string,
  group: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<PlainConsumer> {
  const consumer = new KafkaConsumer(
    {
      ...{ 'bootstrap.servers': brokers, 'group.id': group, 'enable.auto.commit': false, 'enable.partition.eof': true },
      ...{ 'isolation.level': isolation, 'fetch.queue.backoff.ms': 5, 'fetch.wait.max.ms': 100, 'reconnect.backoff.max.ms': 1_000 },
      ...{ 'socket.timeout.ms': 10_000, 'topic.metadata.refresh.interval.ms': 3_000 },
    },
    {},
  );
  // Without a listener an error of the client would end the process; it goes on by itself when the broker is back.
  consumer.on('event.error', () => {});
  await answer((done) => consumer.connect({ allTopics: false, timeout: answerMs }, done as never));
  consumer.setDefaultConsumeTimeout(50);
  return consumer;
}

export async function openProducer(brokers: string): Promise<PlainProducer> {
  const producer = new Producer(
    {
      ...{ 'bootstrap.servers': brokers, 'enable.idempotence': true, dr_cb: true, 'linger.ms': 5 },
      ...{ 'message.timeout.ms': 0, 'reconnect.backoff.max.ms': 1_000, 'socket.timeout.ms': 10_000 },
      'topic.metadata.refresh.interval.ms': 3_000,
    },
    // Keys of tables lie where Kafka's Java client puts them.
    { partitioner: 'murmur2_random' },
  );
  producer.on('event.error', () => {});
  await answer((done) => producer.connect({ allTopics: false, timeout: answerMs }, done as never));
  producer.setPollInterval(20);
  return producer;
}

export async function close(client: PlainConsumer | PlainProducer): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, closeMs);
  });
  await Promise.race([answer((done) => client.disconnect(done as never)), late]);
  clearTimeout(timer);
}

export async function poll(consumer: PlainConsumer, max = 1_000): Promise<PlainMessage[]> {
  const polled = await answer<kafka.Message[]>((done) => consumer.consume(max, done as never)).catch(() => []);
  return polled.map(({ topic, partition, offset, key, value, headers = [] }) => {
    const source = headers.map((header) => header['weir-topic']).find((found) => found !== undefined);
    return { topic, partition, offset, key: String(key), value: String(value), source: source === undefined ? undefined : String(source) };
  });
}

/** Everything that is committed in some topics, to their ends. */
export async function readAll(brokers: string, topics: readonly string[], partitions: number): Promise<PlainMessage[]> {
  const consumer = await openConsumer(brokers, `chaos-read-${process.pid}`);
  try {
    const left = new Set<string>();
    consumer.on('partition.eof', ({ topic, partition }) => void left.delete(`${topic} ${partition}`));
    const places = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })));
    for (const { topic, partition } of places) left.add(`${topic} ${partition}`);
    consumer.assign(places);
    const messages: PlainMessage[] = [];
    while (left.size > 0) for (const message of await poll(consumer, 10_000)) messages.push(message);
    return messages;
  } finally {
    await close(consumer);
  }
}

/**
 * Waits until no transaction is open in some topics. One that a killed worker left hides all that came after it from a reader of what is committed, until its
 * time is up and the broker ends it. Gives up after a while.
 */
export async function transactionsEnd(brokers: string, topics: readonly string[], partitions: number): Promise<void> {
  const readers = await Promise.all(
    (['read_committed', 'read_uncommitted'] as const).map((isolation) => openConsumer(brokers, `chaos-ends-${process.pid}`, isolation)),
  );
  const areOpen = async () => {
    const [committed, all] = await Promise.all(
      readers.map((reader) => Promise.all(topics.map((topic) => ends(reader, topic, partitions)))),
    );
    return committed.flat().some((end, at) => end < all.flat()[at]);
  };
  try {
    for (const until = Date.now() + openMs; Date.now() < until && (await areOpen().catch(() => true)); ) await sleep(500);
  } finally {
    await Promise.all(readers.map(close));
  }
}

/** What a group would read next, by partition; −1 where it has committed nothing. */
export async function committed(consumer: PlainConsumer, topic: string, partitions: number): Promise<number[]> {
  const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const found = await answer<{ readonly partition: number; readonly offset?: number }[]>((done) =>
    consumer.committed(asked, 5_000, done as never),
  );
  return asked.map(({ partition }) => found.find((each) => each.partition === partition)?.offset ?? -1);
}

/** Where the partitions of a topic end, for a reader of what is committed. */
export function ends(consumer: PlainConsumer, topic: string, partitions: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { highOffset } = await answer<{ readonly highOffset: number }>((done) =>
        consumer.queryWatermarkOffsets(topic, partition, 5_000, done as never),
      );
      return highOffset;
    }),
  );
}
