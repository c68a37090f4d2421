import { setTimeout as sleep } from 'node:timers/promises';
import { orderOf } from '../work/order.js';
import { connectProducer, disconnect, flush, isQueueFull, type Producer, type Properties } from './clients.js';

/** As the driver takes them: a name and a value each. */
export type HeaderList = readonly Readonly<Record<string, string>>[];

/** How orders are written, where it is not as usual. */
export interface Writing {
  /** Of the producer. */
  readonly properties?: Properties;
  readonly headers?: HeaderList;
  /** The note is made this long. */
  readonly noteBytes?: number;
  /** Works with the producer before the first and after the last message. */
  readonly around?: (producer: Producer, write: () => Promise<void>) => Promise<void>;
}

/** Writes the orders from 0 on, to several topics in turns. */
export function writeOrders(brokers: string, topics: readonly string[], messages: number, writing: Writing = {}): Promise<void> {
  const { noteBytes, headers } = writing;
  const note = noteBytes === undefined ? undefined : 'leave it with the neighbours, please '.repeat(noteBytes / 37 + 1).slice(0, noteBytes);
  const send = (producer: Producer, id: number) => {
    const order = orderOf(id);
    const value = JSON.stringify(note === undefined ? order : { ...order, note });
    return offer(producer, topics[id % topics.length], order.customer, value, { headers });
  };
  return write(brokers, messages, send, writing);
}

/** Writes orders of a hundred customers. */
export function writeFewCustomers(brokers: string, topic: string, messages: number): Promise<void> {
  return write(brokers, messages, (producer, id) => {
    const customer = `customer-${id % 100}`;
    return offer(producer, topic, customer, JSON.stringify({ ...orderOf(id), customer }));
  });
}

/** Writes messages that say nothing. */
export function writeBulk(brokers: string, topic: string, messages: number, bytes: number): Promise<void> {
  const value = 'x'.repeat(bytes);
  return write(brokers, messages, (producer, id) => offer(producer, topic, `key-${id % 1_000}`, value));
}

type Send = (producer: Producer, id: number) => boolean;

export async function write(brokers: string, messages: number, send: Send, { properties, around }: Writing = {}): Promise<void> {
  const producer = await connectProducer(brokers, {
    'linger.ms': 20,
    'queue.buffering.max.messages': 500_000,
    // Large messages would fill the memory of the benchmark otherwise.
    'queue.buffering.max.kbytes': 131_072,
    'enable.idempotence': true,
    ...properties,
  });
  const all = async () => {
    for (let id = 0; id < messages; ) {
      if (send(producer, id)) id++;
      else await sleep(2);
      if (id % 10_000 === 0) await sleep(0);
    }
    await flush(producer);
  };
  await (around === undefined ? all() : around(producer, all));
  await disconnect(producer);
}

/** False when the driver has no room: to be tried again. */
export function sendOrder(producer: Producer, topic: string, id: number): boolean {
  const order = orderOf(id);
  return offer(producer, topic, order.customer, JSON.stringify(order));
}

/** What a message has beside key and value, where it is not as usual. */
export interface Rest {
  readonly headers?: HeaderList;
  readonly timestamp?: number;
}

export function offer(producer: Producer, topic: string, key: string, value: string, { headers, timestamp }: Rest = {}): boolean {
  try {
    producer.produce(topic, null, Buffer.from(value), key, timestamp, undefined, headers as never);
    return true;
  } catch (thrown) {
    if (isQueueFull(thrown)) return false;
    throw thrown;
  }
}
