import { setTimeout as sleep } from 'node:timers/promises';
import { orderOf } from '../work/order.js';
import { connectProducer, disconnect, flush, isQueueFull, type Producer } from './clients.js';

/** Writes the orders from 0 on. */
export async function writeOrders(brokers: string, topic: string, messages: number): Promise<void> {
  const producer = await connectProducer(brokers, { 'linger.ms': 20, 'queue.buffering.max.messages': 500_000, 'enable.idempotence': true });
  for (let id = 0; id < messages; ) {
    if (sendOrder(producer, topic, id)) id++;
    else await sleep(2);
    if (id % 10_000 === 0) await sleep(0);
  }
  await flush(producer);
  await disconnect(producer);
}

/** False when the driver has no room: to be tried again. */
export function sendOrder(producer: Producer, topic: string, id: number): boolean {
  const order = orderOf(id);
  try {
    producer.produce(topic, null, Buffer.from(JSON.stringify(order)), order.customer);
    return true;
  } catch (thrown) {
    if (isQueueFull(thrown)) return false;
    throw thrown;
  }
}
