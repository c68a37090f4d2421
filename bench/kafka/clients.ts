import { setTimeout as sleep } from 'node:timers/promises';
import kafka, { type ConsumerGlobalConfig, type Message, type ProducerGlobalConfig } from '@confluentinc/kafka-javascript';

export type { Message };
export type Consumer = InstanceType<typeof kafka.KafkaConsumer>;
export type Producer = InstanceType<typeof kafka.Producer>;
export type Properties = Readonly<Record<string, unknown>>;

const timeoutMs = 30_000;

/** A callback of the driver as a promise. */
export function called<T>(call: (done: (error: unknown, result?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result as T))));
}

/** A connected consumer of the bare driver. Properties of topics go in with the others: the driver takes them only without a second argument. */
export async function connectConsumer(brokers: string, properties: Properties): Promise<Consumer> {
  const given = { 'bootstrap.servers': brokers, 'enable.auto.commit': false, 'enable.auto.offset.store': false, ...properties };
  const Client = kafka.KafkaConsumer as unknown as new (properties: ConsumerGlobalConfig) => Consumer;
  const consumer = new Client(given as ConsumerGlobalConfig);
  await called((done) => consumer.connect({ allTopics: false, timeout: timeoutMs }, done));
  return consumer;
}

/** A connected producer of the bare driver, whose reports are polled. */
export async function connectProducer(brokers: string, properties: Properties): Promise<Producer> {
  const Client = kafka.Producer as unknown as new (properties: ProducerGlobalConfig) => Producer;
  const producer = new Client({ 'bootstrap.servers': brokers, partitioner: 'murmur2_random', ...properties } as ProducerGlobalConfig);
  await called((done) => producer.connect({ allTopics: false, timeout: timeoutMs }, done));
  producer.setPollInterval(5);
  return producer;
}

export function consume(consumer: Consumer, max: number): Promise<Message[]> {
  return called((done) => consumer.consume(max, done));
}

export function flush(producer: Producer): Promise<unknown> {
  return called((done) => producer.flush(timeoutMs, done));
}

/** Gives up after half a minute: what is measured is done by then, and a client that hangs must not keep it back. */
export function disconnect(client: Consumer | Producer): Promise<unknown> {
  const abandoned = new AbortController();
  const gone = called((done) => (client as Consumer).disconnect(done)).finally(() => abandoned.abort());
  return Promise.race([gone, sleep(timeoutMs, undefined, { signal: abandoned.signal }).catch(() => undefined)]);
}

/** Whether the driver's own queue has no room: the message may be offered again soon. */
export function isQueueFull(thrown: unknown): boolean {
  return (thrown as { code?: number }).code === -184;
}
