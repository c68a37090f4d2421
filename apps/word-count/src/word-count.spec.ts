import { afterEach, expect, it } from '@jest/globals';
import { TestApp } from '@weir/testing';
import { counts, lines, totals, WordCount, words } from './word-count.js';

let app: TestApp;
afterEach(() => app?.stop());

it('counts the words of all lines, whatever their partition, over a restart', async () => {
  app = await TestApp.start(WordCount, { partitions: 4 });
  await app.send(lines, [
    { key: 'a', value: 'Row, row, row your boat' },
    { key: 'b', value: 'Gently down the stream!' },
  ]);
  await app.settled();
  await app.restart();
  await app.send(lines, { key: 'c', value: 'The boat: přistála' });
  await app.settled();
  expect(Object.fromEntries(app.table(counts).entries())).toEqual({
    ...{ row: 3, your: 1, boat: 2, gently: 1, down: 1, the: 2, stream: 1, přistála: 1 },
  });
  const rows = app.sent(totals).filter(({ key }) => key === 'row');
  expect(rows.map(({ value }) => value)).toEqual([1, 2, 3]);
  expect(new Set(app.sent(words).map(({ partition }) => partition)).size).toBeGreaterThan(1);
});
