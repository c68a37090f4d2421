import { afterEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const last = table('last', { key: 'string', value: 'json' });

let app: TestApp;
afterEach(() => app?.stop());

const times = (count: number, url = '/') => Array.from({ length: count }, () => ({ key: url, value: url }));

@App({ id: 'counting', store: 'level://' })
class Counting {
  constructor(
    @Inject(counts) readonly counts: Table<string, number>,
    @Inject(last) readonly last: Table<string, unknown>,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}

  @Handler(views)
  count(url: string): void {
    const n = this.counts.update(url, (n) => n + 1);
    this.last.set(url, { n });
  }
}

describe.each(['at-least-once', 'exactly-once'] as const)('a table in a store, %s', (guarantee) => {
  const overrides = { guarantee };
  const found = () => [Object.fromEntries(app.table(counts).entries()), app.get(Counting).counts.size];

  it('is there after restarts, crashes, the loss of the disk and moves between workers', async () => {
    app = await TestApp.start(Counting, { overrides, partitions: 3 });
    await app.send(views, [...times(5, '/a'), ...times(3, '/b')]);
    await app.settled();
    await app.restart();
    await app.send(views, times(5, '/a'));
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    const second = await app.join();
    await app.send(views, [...times(2, '/a'), ...times(4, '/c')]);
    await app.settled();
    await second.crash();
    await app.send(views, times(1, '/c'));
    await app.advance('1m');
    expect(found()).toEqual([{ '/a': 12, '/b': 3, '/c': 5 }, 3]);
    await app.restart({ datadir: 'lost' });
    await app.send(views, times(1, '/b'));
    await app.settled();
    expect(found()).toEqual([{ '/a': 12, '/b': 4, '/c': 5 }, 3]);
    expect([app.get(Counting).last.get('/c'), app.table(last).get('/a')]).toEqual([{ n: 5 }, { n: 12 }]);
  });

  it('is still in the store of a worker that has joined when another has lost its disk', async () => {
    app = await TestApp.start(Counting, { overrides, partitions: 4 });
    const second = await app.join();
    await app.restart({ datadir: 'lost' });
    await app.send(views, [...times(2, '/a'), ...times(3, '/b'), ...times(4, '/c'), ...times(5, '/d')]);
    await app.settled();
    await app.crash();
    await app.restart();
    await app.advance('1m');
    const sizes = [app, second].map((worker) => worker.get(Counting).counts.size);
    expect([found()[0], sizes[0] + sizes[1]]).toEqual([{ '/a': 2, '/b': 3, '/c': 4, '/d': 5 }, 4]);
  });

  it('counts once what was committed and not stored when the worker was killed', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(views, times(5));
    await app.settled();
    app.storeFaults.holdWrites();
    await app.send(views, [...times(3), ...times(1, '/new')]);
    await app.settled();
    expect(app.committed(views)).toBe(9);
    await app.crash();
    app.storeFaults.release();
    await app.restart();
    await app.send(views, times(1));
    await app.settled();
    expect(found()).toEqual([{ '/': 9, '/new': 1 }, 2]);
  });

  it('is written again when the disk has room again, and events go on meanwhile', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(views, times(5));
    await app.settled();
    app.storeFaults.failWrites();
    await app.send(views, times(3));
    await app.settled();
    await app.send(views, times(2));
    await app.settled();
    expect([app.get(Counting).counts.get('/'), app.committed(views)]).toEqual([10, 8]);
    app.storeFaults.mend();
    await app.advance('5s');
    expect([found(), app.committed(views)]).toEqual([[{ '/': 10 }, 1], 10]);
  });

  it('does not keep a worker from stopping while the disk is full, and loses nothing', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(views, times(5));
    await app.settled();
    app.storeFaults.failWrites();
    await app.send(views, times(3));
    await app.settled();
    const before = app.clock.now();
    await app.restart();
    expect(app.clock.now() - before).toBeLessThan(5_000);
    app.storeFaults.mend();
    await app.settled();
    expect(found()).toEqual([{ '/': 8 }, 1]);
  });

  it('ends the worker when the disk stays full for stallTimeout, and has everything when it is started again', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(views, times(5));
    await app.settled();
    app.storeFaults.failWrites();
    await app.send(views, times(3));
    await expect(app.advance('70s')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    app.storeFaults.mend();
    await app.restart();
    await app.send(views, times(1));
    await app.settled();
    expect(found()).toEqual([{ '/': 9 }, 1]);
  });
});

describe('a table in a store', () => {
  @App({ id: 'reading', store: 'level://' })
  class Reading {
    readonly seen: unknown[] = [];
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}

    @Handler(views)
    async read(url: string): Promise<void> {
      this.counts.set(url, 1);
      this.counts.set('b/10', 10);
      this.counts.set('b/é', 3);
      const found: unknown[] = [];
      for await (const [key] of this.counts.range('b/', 'c')) found.push(key);
      for await (const entry of this.counts.prefix('b/1')) found.push(entry);
      for await (const [key] of this.counts.entries()) found.push(key);
      this.seen.push(found);
      this.counts.delete('b/2');
    }
  }

  it('is read with what the attempt has written, in the order of the keys’ bytes', async () => {
    app = await TestApp.start(Reading);
    await app.send(views, [...times(1, 'b/2'), ...times(1, 'b/2')]);
    await app.settled();
    await app.restart();
    await app.send(views, times(1, 'z'));
    await app.settled();
    expect(app.get(Reading).seen).toEqual([['b/10', 'b/é', ['b/10', 10], 'b/10', 'b/é', 'z']]);
  });
});
