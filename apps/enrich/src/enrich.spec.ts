import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { byId, Enrich, enriched } from './enrich.js';
import { Shop } from './shop.js';
import { countries, customers, orders } from './topics.js';

let app: TestApp;
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(async () => {
  await app?.stop();
  jest.restoreAllMocks();
});

const order = (id: number, customer: string) => ({ key: customer, value: { id, what: 'tea' } });
const written = () => app.sent(enriched).map(({ value }) => value);

it('knows the customers that were there before, and those that come, over a crash', async () => {
  app = await TestApp.start(Enrich, { partitions: 4 });
  await app.send(countries, { key: 'at', value: 'Austria' });
  await app.send(customers, { key: 'c1', value: { name: 'jenny', country: 'at' } });
  await app.settled();
  await app.send(orders, [order(1, 'c1'), order(2, 'c2')]);
  await app.settled();
  await app.crash();
  await app.send(customers, { key: 'c2', value: { name: 'eliška', country: 'xx' } });
  await app.restart();
  await app.send(orders, order(3, 'c2'));
  await app.settled();
  expect(new Set(written())).toEqual(new Set(['1 tea for jenny, Austria', '2 tea for nobody we know', '3 tea for eliška, somewhere']));
  expect(app.table(byId).size).toBe(2);
});

it('has a shop with customers who move', async () => {
  app = await TestApp.start(Shop);
  await app.advance('10s');
  expect(app.sent(orders).map(({ key }) => key)).toEqual(['c0', 'c1', 'c2', 'c0', 'c1', 'c2', 'c0', 'c1', 'c2', 'c0']);
  expect(app.sent(customers).filter(({ key }) => key === 'c0')).toMatchObject([
    { value: { name: 'jenny', country: 'cz' } },
    { value: { name: 'jenny', country: 'at' } },
  ]);
});
