import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, merge, type Table, type TableChange, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const sums = table('sums', { key: 'string', value: 'long', default: 0 });

type Change = TableChange<string, number>;

@App({ id: 'changing' })
class Counting {
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}

  @Handler(views)
  count(url: string): void {
    if (url.startsWith('-')) this.counts.delete(url.slice(1));
    else this.counts.update(url, (n) => n + 1);
  }
}

class Summing {
  seen: Change[] = [];
  constructor(@Inject(sums) readonly sums: Table<string, number>) {}

  @Handler(counts.changes)
  sum(change: Change, { key, offset }: Event<string, Change>): void {
    if (change.value === 13) throw new Error('unlucky');
    this.seen.push(change);
    if (key !== change.key || offset < 0) throw new Error('misplaced');
    this.sums.update(change.key, (sum) => sum + (change.value ?? 0) - (change.previous ?? 0));
  }
}

@App({ id: 'changing', providers: [Counting, Summing] })
class Changing {}

let app: TestApp;
afterEach(() => app?.stop());

const view = (url: string, count = 1) => Array.from({ length: count }, () => ({ key: url.replace('-', ''), value: url }));

describe.each(['at-least-once', 'exactly-once'] as const)('the changes of a table, %s', (guarantee) => {
  const overrides = { guarantee, errors: { retry: { attempts: 1 } } } as const;

  it('come once for each key and checkpoint, in order, with what was there before', async () => {
    app = await TestApp.start(Changing, { overrides });
    await app.send(views, [...view('/a', 3), ...view('/b')]);
    await app.settled();
    await app.send(views, [...view('/a', 2), ...view('-/b')]);
    await app.settled();
    const seen = [
      { key: '/a', value: 3, previous: undefined },
      { key: '/b', value: 1, previous: undefined },
      { key: '/a', value: 5, previous: 3 },
      { key: '/b', value: undefined, previous: 1 },
    ];
    expect(app.get(Summing).seen).toEqual(seen);
    expect(app.sent(counts.changes).map(({ value }) => value)).toEqual(seen);
    expect(Object.fromEntries(app.table(sums).entries())).toEqual({ '/a': 5, '/b': 0 });
  });

  it('sum up to what the table has, over restarts, crashes and moves between workers', async () => {
    app = await TestApp.start(Changing, { overrides, partitions: 3 });
    const urls = ['/a', '/b', '/c', '/d', '/e'];
    const round = async (count: number) => {
      for (const url of urls) await app.send(views, view(url, count));
    };
    await round(2);
    await app.settled();
    await app.crash();
    await app.restart();
    await round(1);
    const second = await app.join();
    await app.settled();
    await round(3);
    await app.settled();
    await second.crash();
    await app.advance('1m');
    await app.restart({ datadir: 'lost' });
    await round(4);
    await app.settled();
    const all = Object.fromEntries(urls.map((url) => [url, 10]));
    expect(Object.fromEntries(app.table(counts).entries())).toEqual(all);
    expect(Object.fromEntries(app.table(sums).entries())).toEqual(all);
  });

  it('are set aside where they fail, and not written to the table again', async () => {
    app = await TestApp.start(Changing, { overrides });
    await app.send(views, view('/a', 13));
    await app.advance('1m');
    await app.send(views, view('/a', 1));
    await app.advance('1m');
    expect(app.deadLetters()).toMatchObject([{ topic: 'changing-counts-changelog', agent: 'Summing.sum' }]);
    await expect(app.replay()).rejects.toThrow(/changing-counts-changelog is a changelog/);
    expect(app.table(counts).get('/a')).toBe(14);
  });
});

describe('the changes of a table', () => {
  it('are written without what was there before where nobody reads them', async () => {
    app = await TestApp.start(Counting);
    await app.send(views, view('/a'));
    await app.settled();
    await app.send(views, view('/a'));
    await app.settled();
    expect(app.broker.messages('changing-counts-changelog').map(({ headers }) => headers)).toEqual([[], []]);
  });

  it('can be merged with another source, and read in arrays', async () => {
    const seen: unknown[] = [];
    class Merged {
      @Handler(merge(counts.changes, views), { batch: { max: 10 } })
      both(values: (Change | string)[]): void {
        seen.push(...values);
      }
    }
    @App({ id: 'changing', providers: [Counting, Merged] })
    class Both {}
    app = await TestApp.start(Both);
    await app.send(views, view('/a'));
    await app.settled();
    expect(seen).toEqual(['/a', { key: '/a', value: 1, previous: undefined }]);
  });

  it('are none of a table that the app does not have', async () => {
    class Reading {
      @Handler(counts.changes)
      read(): void {}
    }
    @App({ id: 'changing', providers: [Reading] })
    class Nobody {}
    await expect(TestApp.start(Nobody)).rejects.toThrow(/Reading.read: it reads the changes of the table 'counts', which no class/);
  });
});
