import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { Balances, balances, payments } from './balances.js';
import { BalancesBefore, payments as paymentsBefore } from './before.js';

let app: TestApp;
beforeEach(async () => {
  app = await TestApp.start(BalancesBefore, { overrides: { errors: { retry: { attempts: 0 } } } });
  await app.send(paymentsBefore, [
    { key: 'blanka', value: { euros: 5 } },
    { key: 'eliška', value: { euros: 7 } },
  ]);
  await app.settled();
  await app.restart({ app: Balances });
});
afterEach(() => app.stop());

const found = () => Object.fromEntries([...app.table(balances).entries()].map(([key, { cents }]) => [key, cents]));

it('goes on with the balances of before, and with payments that nobody has read yet', async () => {
  await app.send(paymentsBefore, { key: 'blanka', value: { euros: 1 } });
  await app.send(payments, { key: 'blanka', value: { cents: 50 } });
  await app.settled();
  expect(found()).toEqual({ blanka: 650, eliška: 700 });
});

it('can be rolled back: what the old code cannot read waits for the new one', async () => {
  await app.send(payments, { key: 'blanka', value: { cents: 50 } });
  await app.settled();
  await app.restart({ app: BalancesBefore });
  await app.send(paymentsBefore, [
    { key: 'blanka', value: { euros: 1 } },
    { key: 'eliška', value: { euros: 1 } },
  ]);
  await app.settled();
  expect(app.deadLetters().map(({ key, error }) => [String(key), error.code])).toEqual([['blanka', 'STATE_UNREADABLE']]);
  await app.restart({ app: Balances });
  await app.replay();
  await app.settled();
  expect(found()).toEqual({ blanka: 650, eliška: 800 });
});
