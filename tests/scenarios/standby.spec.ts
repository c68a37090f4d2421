import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic, type WorkerObserver } from '@weir/core';
import { TestApp, type TestWorker } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0, standby: 'all' });

@App({ id: 'standing-by' })
class StandingBy {
  readonly seen: number[] = [];
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}

  @Handler(views)
  count(url: string, { key }: { readonly key: string | null }): void {
    if (url === 'forget') this.counts.delete(String(key));
    else this.seen.push(this.counts.update(String(key), (n) => n + 1));
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const keys = Array.from({ length: 40 }, (_, index) => `/${index}`);
const viewed = (urls: readonly string[], value = 'seen') =>
  app.send(
    views,
    urls.map((key) => ({ key, value })),
  );
const recovered: number[] = [];
const observers: WorkerObserver[] = [{ recovered: ({ entries }) => void recovered.push(entries) }];

/** What a worker can read of each key, a copy of it where it is another's. */
const stale = (worker: Pick<TestWorker, 'get'>) => keys.map((key) => worker.get(StandingBy).counts.get(key, { stale: true }));
/** The keys that are a worker's own. */
const ownOf = (worker: Pick<TestWorker, 'get'>) =>
  keys.filter((key) => {
    try {
      return worker.get(StandingBy).counts.get(key) >= 0;
    } catch {
      return false;
    }
  });

describe.each([
  ['memory://', 'at-least-once'],
  ['level://', 'at-least-once'],
  ['level://', 'exactly-once'],
] as const)('a table with standby, %s, %s', (store, guarantee) => {
  const start = async () => {
    app = await TestApp.start(StandingBy, { overrides: { store, guarantee, observers }, partitions: 4 });
    const second = await app.join();
    await app.advance('10s');
    expect(ownOf(second).length).toBeGreaterThan(0);
    return second;
  };

  it('is copied by every worker, and read there where it is asked for', async () => {
    const second = await start();
    await viewed([...keys, ...keys]);
    await app.settled();
    for (const worker of [app, second]) expect(stale(worker)).toEqual(keys.map(() => 2));
    await viewed(keys.slice(0, 20), 'forget');
    await app.settled();
    for (const worker of [app, second]) {
      expect(stale(worker)).toEqual(keys.map((_, index) => (index < 20 ? 0 : 2)));
      expect(worker.get(StandingBy).counts.has(keys[0], { stale: true })).toBe(false);
      const others = keys.find((key) => !ownOf(worker).includes(key)) as string;
      expect(() => worker.get(StandingBy).counts.get(others)).toThrow(/not assigned to this worker/);
    }
  });

  it('is gone on with by who takes a partition over, who reads nothing that the copy has', async () => {
    const second = await start();
    await viewed([...keys, ...keys, ...keys]);
    await app.settled();
    recovered.length = 0;
    await second.crash();
    await viewed(keys);
    await app.advance('2m');
    expect(ownOf(app)).toEqual(keys);
    expect(keys.map((key) => app.table(counts).get(key))).toEqual(keys.map(() => 4));
    expect([recovered.length > 0, recovered.reduce((sum, each) => sum + each, 0)]).toEqual([true, 0]);
  });

  it('is a copy again when a partition goes, and has what the other has written since', async () => {
    let second = await start();
    await viewed(keys);
    await app.settled();
    await second.stop();
    await app.advance('2m');
    await viewed(keys);
    await app.settled();
    second = await app.join();
    await app.advance('2m');
    recovered.length = 0;
    await viewed(keys);
    await app.settled();
    expect(ownOf(second).length).toBeGreaterThan(0);
    for (const worker of [app, second]) expect(stale(worker)).toEqual(keys.map(() => 3));
    await app.restart();
    await app.advance('2m');
    await viewed(keys);
    await app.settled();
    for (const worker of [app, second]) expect(stale(worker)).toEqual(keys.map(() => 4));
    expect(keys.map((key) => app.table(counts).get(key))).toEqual(keys.map(() => 4));
  });
});

describe('a table with standby', () => {
  it('has no copy of what others have before the worker is ready, and none of a table that does not ask for it', async () => {
    const alone = table('alone', { key: 'string', value: 'long', default: 0 });
    @App({ id: 'alone' })
    class Alone {
      constructor(
        @Inject(alone) readonly alone: Table<string, number>,
        @Inject(counts) readonly counts: Table<string, number>,
      ) {}
      @Handler(views)
      count(_: string, { key }: { readonly key: string | null }): void {
        this.alone.update(String(key), (n) => n + 1);
        this.counts.update(String(key), (n) => n + 1);
      }
    }
    app = await TestApp.start(Alone, { partitions: 4 });
    const second = await app.join();
    await app.advance('10s');
    await viewed(keys);
    await app.settled();
    const { alone: mine, counts: copied } = second.get(Alone);
    const others = keys.find((key) => {
      try {
        mine.get(key);
      } catch {
        return true;
      }
      return false;
    }) as string;
    expect(() => mine.get(others, { stale: true })).toThrow(/nor is there a copy of it/);
    expect([copied.get(others, { stale: true }), app.table(alone).get(others)]).toEqual([1, 1]);
  });
});
