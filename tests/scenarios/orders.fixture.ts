// What the specs of streams and tries send and look for.
import { json, topic } from '@weir/core';

export interface Order {
  readonly id: number;
}
export const orders = topic('orders', { value: json<Order>() });
export const invoices = topic('invoices', { value: json<Order>() });
export const keyedOrders = topic('orders', { key: 'string', value: json<Order>() });
export const orderOf = (id: number, key = 'a') => ({ key, value: { id } });
export const order = (id: number) => ({ key: 'a', value: { id } });
export const malformed = { key: 'a', value: Buffer.from('{') };
