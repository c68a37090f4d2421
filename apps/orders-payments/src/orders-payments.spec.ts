import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { Customers } from './customers.js';
import { OrdersPayments } from './orders-payments.js';
import { mails, orders, outcomes, payments } from './topics.js';

let app: TestApp;
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  await app?.stop();
  jest.restoreAllMocks();
});

const order = (key: string, item: string) => ({ key, value: { item } });
const payment = (key: string) => ({ key, value: { amount: 3 } });
const concluded = () => app.sent(outcomes).map(({ key, value }) => [key, value.state]);

it('brings orders and payments together, and reminds of what is not paid, over a crash', async () => {
  app = await TestApp.start(OrdersPayments, { partitions: 4 });
  await app.send(orders, [order('1', 'tea'), order('2', 'cake')]);
  await app.settled();
  await app.advance('3s');
  await app.send(payments, payment('1'));
  await app.settled();
  expect(concluded()).toEqual([['1', 'paid']]);
  await app.advance('2s');
  await app.crash();
  await app.restart();
  await app.advance('10s');
  expect(app.sent(mails).map(({ key }) => key)).toEqual(['2']);
  await app.advance('1m');
  expect(concluded()).toEqual([
    ['1', 'paid'],
    ['2', 'cancelled'],
  ]);
});

it('reminds nobody whose payment was read before the order', async () => {
  app = await TestApp.start(OrdersPayments);
  await app.send(payments, payment('1'));
  await app.settled();
  await app.send(orders, order('1', 'tea'));
  await app.settled();
  await app.advance('1m');
  expect(app.sent(mails)).toEqual([]);
  expect(concluded()).toEqual([['1', 'paid']]);
});

it('has customers who do not pay for cake', async () => {
  app = await TestApp.start(Customers);
  await app.advance('10s');
  expect(app.sent(orders)).toHaveLength(10);
  expect(app.sent(payments)).toHaveLength(4);
});
