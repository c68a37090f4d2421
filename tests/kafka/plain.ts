import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';

/** Where the tests find Apache Kafka. */
export const brokers = process.env.KAFKA_BROKERS ?? '';

const answerMs = 20_000;
const { AdminClient, KafkaConsumer, Producer } = kafka;

/** A message to be written; without a partition its key decides. */
export interface Plain {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly partition?: number;
  readonly timestamp?: number;
  readonly headers?: readonly (readonly [string, string | Buffer])[];
}

/** A message as it lies in a topic. */
export interface Read {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: readonly (readonly [string, string])[];
}

type Callback<T> = (error: Error | null | undefined, answer: T) => void;

function answer<T>(call: (callback: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** A name that no other run has used. */
export function unique(name: string): string {
  return `${name}-${process.pid}-${Date.now().toString(36)}`;
}

export async function createTopic(topic: string, partitions: number, config: Readonly<Record<string, string>> = {}): Promise<void> {
  const admin = AdminClient.create({ 'bootstrap.servers': brokers });
  try {
    const created = { topic, num_partitions: partitions, replication_factor: 1, config };
    await answer<void>((done) => admin.createTopic(created, answerMs, done as never));
  } finally {
    admin.disconnect();
  }
}

export async function deleteTopic(topic: string): Promise<void> {
  const admin = AdminClient.create({ 'bootstrap.servers': brokers });
  try {
    await answer<void>((done) => admin.deleteTopic(topic, answerMs, done as never));
  } finally {
    admin.disconnect();
  }
}

/** Writes messages with the bare driver. Resolves when the broker has them all. */
export async function write(topic: string, messages: readonly Plain[]): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': brokers, dr_cb: true }, { partitioner: 'murmur2_random' });
  await answer((done) => producer.connect({ allTopics: false, timeout: answerMs }, done as never));
  try {
    let failed: Error | undefined;
    producer.setPollInterval(50).on('delivery-report', (error) => {
      if (error) failed = error as unknown as Error;
    });
    for (const { key, value, partition = -1, timestamp, headers = [] } of messages) {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      const pairs = headers.map(([name, content]) => ({ [name]: content }));
      producer.produce(topic, partition, bytes, key ?? null, timestamp, undefined, pairs);
    }
    await answer<void>((done) => producer.flush(answerMs, done as never));
    producer.poll();
    if (failed !== undefined) throw failed;
  } finally {
    await answer((done) => producer.disconnect(done as never));
  }
}

/** What a reader does not see: messages of open and aborted transactions, or nothing. */
type Isolation = 'read_committed' | 'read_uncommitted';

/** Reads a topic from its beginning with the bare driver, without a group. */
export class PlainReader {
  static readonly #open = new Set<PlainReader>();
  readonly messages: Read[] = [];
  readonly #consumer: InstanceType<typeof KafkaConsumer>;
  readonly #behind = new Set<number>();

  private constructor(consumer: InstanceType<typeof KafkaConsumer>, partitions: readonly number[]) {
    this.#consumer = consumer;
    PlainReader.#open.add(this);
    for (const partition of partitions) this.#behind.add(partition);
    consumer.on('partition.eof', ({ partition }) => void this.#behind.delete(partition));
  }

  static async open(topic: string, isolation: Isolation = 'read_committed'): Promise<PlainReader> {
    const consumer = new KafkaConsumer(
      {
        'bootstrap.servers': brokers,
        'group.id': unique('plain-reader'),
        'enable.auto.commit': false,
        'enable.partition.eof': true,
        'isolation.level': isolation,
        'fetch.queue.backoff.ms': 5,
      },
      {},
    );
    const metadata = await answer<{ readonly topics: readonly { readonly partitions: readonly { readonly id: number }[] }[] }>((done) =>
      consumer.connect({ topic, allTopics: false, timeout: answerMs }, done as never),
    );
    const partitions = metadata.topics[0].partitions.map(({ id }) => id);
    const reader = new PlainReader(consumer, partitions);
    consumer.setDefaultConsumeTimeout(50);
    consumer.assign(partitions.map((partition) => ({ topic, partition, offset: 0 })));
    return reader;
  }

  /** Closes what a failed test has left open. */
  static async closeAll(): Promise<void> {
    for (const reader of PlainReader.#open) await reader.close();
  }

  /** Reads on until what was read is enough. */
  async until(isEnough: (messages: readonly Read[]) => boolean): Promise<readonly Read[]> {
    while (PlainReader.#open.has(this) && !isEnough(this.messages)) await this.#poll();
    return this.messages;
  }

  /** Reads on to where every partition ends now. */
  async toEnd(): Promise<readonly Read[]> {
    while (this.#behind.size > 0) await this.#poll();
    return this.messages;
  }

  async close(): Promise<void> {
    if (PlainReader.#open.delete(this)) await answer((done) => this.#consumer.disconnect(done as never));
  }

  async #poll(): Promise<void> {
    const polled = await answer<kafka.Message[]>((done) => this.#consumer.consume(1_000, done as never));
    for (const { key, value, partition, offset, timestamp = -1, headers = [] } of polled) {
      const pairs = headers.flatMap((header) => Object.entries(header).map(([name, content]) => [name, String(content)] as const));
      this.messages.push({ key: bytes(key), value, partition, offset, timestamp, headers: pairs });
    }
  }
}

function bytes(key: string | Buffer | null | undefined): Buffer | null {
  return key === null || key === undefined ? null : Buffer.from(key as string);
}

/** Everything in a topic, to its end. */
export async function readAll(topic: string, isolation?: Isolation): Promise<readonly Read[]> {
  const reader = await PlainReader.open(topic, isolation);
  try {
    return await reader.toEnd();
  } finally {
    await reader.close();
  }
}

/** The same once every transaction in it is decided: the broker tells that one is committed before all partitions have its markers. */
export async function readDecided(topic: string, partitions: number): Promise<readonly Read[]> {
  const ends = async (isolation: Isolation) => {
    const consumer = new KafkaConsumer({ 'bootstrap.servers': brokers, 'group.id': unique('ends'), 'isolation.level': isolation }, {});
    await answer((done) => consumer.connect({ allTopics: false, timeout: answerMs }, done as never));
    try {
      const asked = Array.from({ length: partitions }, (_, partition) =>
        answer<{ readonly highOffset: number }>((done) => consumer.queryWatermarkOffsets(topic, partition, answerMs, done as never)),
      );
      return (await Promise.all(asked)).map(({ highOffset }) => highOffset);
    } finally {
      await answer((done) => consumer.disconnect(done as never));
    }
  };
  for (;;) {
    const [written, decided] = [await ends('read_uncommitted'), await ends('read_committed')];
    if (decided.every((end, partition) => end >= (written[partition] as number))) return readAll(topic);
  }
}

/** Reads a topic from its beginning until what was read is enough. */
export async function readUntil(topic: string, isEnough: (messages: readonly Read[]) => boolean): Promise<readonly Read[]> {
  const reader = await PlainReader.open(topic);
  try {
    return await reader.until(isEnough);
  } finally {
    await reader.close();
  }
}

/** The offsets a group would read next, by partition; undefined where it has committed none. */
export async function committed(group: string, topic: string, partitions: number): Promise<readonly (number | undefined)[]> {
  const consumer = new KafkaConsumer({ 'bootstrap.servers': brokers, 'group.id': group, 'enable.auto.commit': false }, {});
  await answer((done) => consumer.connect({ allTopics: false, timeout: answerMs }, done as never));
  try {
    const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const ask = () =>
      answer<{ readonly partition: number; readonly offset?: number }[]>((done) => consumer.committed(asked, answerMs, done as never));
    // A broker that has just begun to coordinate groups refuses the first question.
    const offsets = await ask().catch((error: Error) => {
      if (!/coordinator/i.test(error.message)) throw error;
      return sleep(500).then(ask);
    });
    return asked.map(({ partition }) => offsets.find((each) => each.partition === partition)?.offset);
  } finally {
    await answer((done) => consumer.disconnect(done as never));
  }
}

/** Offsets of a group in a transaction that is neither committed nor aborted. */
export class OpenTransaction {
  private constructor(
    private readonly producer: InstanceType<typeof Producer>,
    private readonly consumer: InstanceType<typeof KafkaConsumer>,
  ) {}

  static async begin(group: string, offsets: readonly { topic: string; partition: number; offset: number }[]): Promise<OpenTransaction> {
    const consumer = new KafkaConsumer({ 'bootstrap.servers': brokers, 'group.id': group, 'enable.auto.commit': false }, {});
    const producer = new Producer({ 'bootstrap.servers': brokers, 'transactional.id': unique('open') }, {});
    await answer((done) => consumer.connect({ allTopics: false, timeout: answerMs }, done as never));
    await answer((done) => producer.connect({ allTopics: false, timeout: answerMs }, done as never));
    await answer<void>((done) => producer.initTransactions(answerMs, done as never));
    await answer<void>((done) => producer.beginTransaction(done as never));
    await answer<void>((done) => producer.sendOffsetsToTransaction([...offsets], consumer, answerMs, done as never));
    return new OpenTransaction(producer, consumer);
  }

  async commit(): Promise<void> {
    await answer<void>((done) => this.producer.commitTransaction(answerMs, done as never));
    await this.#close();
  }

  async abort(): Promise<void> {
    await answer<void>((done) => this.producer.abortTransaction(answerMs, done as never));
    await this.#close();
  }

  async #close(): Promise<void> {
    await answer((done) => this.consumer.disconnect(done as never));
    await answer((done) => this.producer.disconnect(done as never));
  }
}
