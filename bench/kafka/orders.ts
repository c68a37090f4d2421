import { setTimeout as sleep } from 'node:timers/promises';
import { orderOf } from '../work/order.js';
import { connectProducer, disconnect, flush, isQueueFull, type Producer } from './clients.js';

/** Writes the orders from 0 on. */
export function writeOrders(brokers: string, topic: string, messages: number): Promise<void> {
  return write(brokers, messages, (producer, id) => sendOrder(producer, topic, id));
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

async function write(brokers: string, messages: number, send: (producer: Producer, id: number) => boolean): Promise<void> {
  const producer = await connectProducer(brokers, { 'linger.ms': 20, 'queue.buffering.max.messages': 500_000, 'enable.idempotence': true });
  for (let id = 0; id < messages; ) {
    if (send(producer, id)) id++;
    else await sleep(2);
    if (id % 10_000 === 0) await sleep(0);
  }
  await flush(producer);
  await disconnect(producer);
}

/** False when the driver has no room: to be tried again. */
export function sendOrder(producer: Producer, topic: string, id: number): boolean {
  const order = orderOf(id);
  return offer(producer, topic, order.customer, JSON.stringify(order));
}

function offer(producer: Producer, topic: string, key: string, value: string): boolean {
  try {
    producer.produce(topic, null, Buffer.from(value), key);
    return true;
  } catch (thrown) {
    if (isQueueFull(thrown)) return false;
    throw thrown;
  }
}
