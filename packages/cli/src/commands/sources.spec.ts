import { expect, it } from '@jest/globals';
import { App, Handler, merge, topic } from '@weir/core';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';

const orders = topic('orders', { value: 'string' });
const refunds = topic('refunds', { value: 'string' });
const byText = orders.groupBy((text) => text.length, { name: 'by-length', key: 'integer' });

@App({ id: 'shop', broker: 'kafka://declared:9092', version: 2 })
class Shop {
  @Handler(merge(byText, refunds))
  read(): void {}
}

it('shows the topics and agents of grouped and merged sources', async () => {
  const shell = new FakeShell();
  expect(await run(['agents', '--json'], Shop, shell)).toBe(0);
  expect(shell.json()).toEqual([
    [
      { name: 'by-length (groupBy)', topic: 'orders', kind: 'groupBy', sinks: ['shop-v2-by-length-repartition'] },
      { name: 'Shop.read', topic: 'shop-v2-by-length-repartition, refunds', kind: '@Handler', sinks: [] },
    ],
  ]);
  const other = new FakeShell();
  expect(await run(['topics', '--json'], Shop, other)).toBe(0);
  expect(other.json()).toMatchObject([
    [
      { name: 'orders', readers: ['by-length (groupBy)'], writers: [] },
      { name: 'refunds', readers: ['Shop.read'], writers: [] },
      { name: 'shop-v2-by-length-repartition', key: 'integer', value: 'string', readers: ['Shop.read'], writers: ['by-length (groupBy)'] },
    ],
  ]);
});

it('sends to no agent that reads several topics', async () => {
  const shell = new FakeShell();
  expect(await run(['send', '@Shop.read', 'text'], Shop, shell)).toBe(2);
  expect(shell.err.text).toContain(
    '@Shop.read reads several topics: shop-v2-by-length-repartition, refunds. Send to one of them by its name',
  );
});
