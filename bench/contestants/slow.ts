import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../work/records.js';

/** A handler that asks somebody else: it waits, and the thread is free meanwhile. */
export const slowMs = 10;

export async function slowly(order: Order): Promise<Order> {
  await sleep(slowMs);
  return order;
}
