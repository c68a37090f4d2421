import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, type Topic, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { gate, open } from './gates.fixture.js';

const views = topic('views', { key: 'string', value: 'string' });
const reports = topic('reports', { key: 'string', value: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

let app: TestApp;
afterEach(() => app?.stop());

@App({ id: 'counting' })
class Counting {
  #holds = 1;
  constructor(
    @Inject(counts) private readonly counts: Table<string, number>,
    @Inject(reports) private readonly reports: Topic<string, number>,
  ) {}

  @Handler(views)
  async count(url: string): Promise<void> {
    await this.reports.send({ key: url, value: this.counts.update(url, (n) => n + 1) });
    if (url === 'held' && this.#holds-- > 0) await gate();
  }
}

const reported = () => app.sent(reports).map(({ key, value }) => `${key} ${value}`);

// The worker ended, as one does that a worker of the same name has fenced off.
describe('a transaction that the broker has ended, as where the process was halted', () => {
  it('runs again, exactly once, and the worker goes on', async () => {
    app = await TestApp.start(Counting, { overrides: { guarantee: 'exactly-once' } });
    await app.send(
      views,
      ['a', 'held', 'b'].map((url) => ({ key: url, value: url })),
    );
    await app.settled({ running: 1 });
    app.broker.faults.expireTransactions();
    open();
    await app.advance('5s');
    expect([reported(), app.committed(views)]).toEqual([['a 1', 'held 1', 'b 1'], 3]);
    await app.send(views, { key: 'a', value: 'a' });
    await app.settled();
    expect([reported().at(-1), app.table(counts).get('a')]).toEqual(['a 2', 2]);
  });

  it('is written again, at least once, and nothing is counted twice', async () => {
    app = await TestApp.start(Counting, { overrides: { guarantee: 'at-least-once' } });
    await app.send(views, { key: 'a', value: 'a' });
    await app.settled();
    const entries: string[] = [];
    const watching = app.broker.faults.failProduce(({ topic, key }) => {
      if (topic !== 'counting-counts-changelog') return false;
      if (entries.push(String(key)) === 2) app.broker.faults.expireTransactions();
      return false;
    });
    await app.send(
      views,
      ['a', 'b'].map((url) => ({ key: url, value: url })),
    );
    await app.advance('5s');
    watching();
    expect(entries).toEqual(['a', 'b', 'a', 'b']);
    expect([app.committed(views), app.table(counts).get('a'), app.table(counts).get('b')]).toEqual([3, 2, 1]);
    const changelog = app.broker.messages('counting-counts-changelog').map(({ key, value }) => [String(key), value?.readBigInt64BE()]);
    expect(changelog).toEqual([
      ['a', 1n],
      ['a', 2n],
      ['b', 1n],
    ]);
  });
});
