import { json, topic } from '@weir/core';

export interface Order {
  readonly item: string;
}

export interface Payment {
  readonly amount: number;
}

/** What has become of an order. */
export interface Outcome extends Order {
  readonly state: 'paid' | 'cancelled';
}

/** All of them have the number of the order as key. */
export const orders = topic('shop-orders', { key: 'string', value: json<Order>() });
export const payments = topic('shop-payments', { key: 'string', value: json<Payment>() });
export const outcomes = topic('shop-outcomes', { key: 'string', value: json<Outcome>() });
export const mails = topic('shop-mails', { key: 'string', value: 'string' });
