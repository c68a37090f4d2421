import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';

interface View {
  readonly url: string | null;
  readonly user: string;
}

const views = topic('views', { key: 'string', value: json<View>() });
const failing = new Set<string>();
const byUrl = views.groupBy(
  ({ url, user }) => {
    if (user === 'promise') return Promise.resolve(url) as unknown as string;
    if (user === 'number') return 5 as unknown as string;
    if (failing.has(user)) throw new Error(`${user} fails`);
    return url;
  },
  { name: 'views-by-url' },
);
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

const view = (url: string | null, user = 'jenny') => ({ key: user, value: { url, user } });
/** As many views of each url as is said, by users whose keys lie in all partitions. */
const several = (times: { readonly [url: string]: number }) =>
  Object.entries(times).flatMap(([url, count]) => Array.from({ length: count }, (_, index) => view(url, `user-${index}`)));

let app: TestApp;
afterEach(async () => {
  failing.clear();
  await app?.stop();
});

/** A table as an object. */
const all = <V>(of: { entries(): [string, V][] }) => Object.fromEntries(of.entries().sort());
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

@App({ id: 'page-views' })
class PageViews {
  readonly events: Event[] = [];
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}

  @Handler(byUrl)
  count({ url, user }: View, event: Event<string, View>): void {
    this.events.push(event);
    if (failing.has(`${user} late`)) throw new Error('counts nothing');
    this.counts.update(String(url), (n) => n + 1);
  }
}

describe.each(['at-least-once', 'exactly-once'] as const)('a grouped source, %s', (guarantee) => {
  const overrides = { guarantee, errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  it('gives each key to one partition, with a table beside it, over a restart and to several workers', async () => {
    app = await TestApp.start(PageViews, { overrides, partitions: 4 });
    await app.send(views, several({ '/a': 9, '/b': 5, '/c': 1 }));
    await app.settled();
    expect(all(app.table(counts))).toEqual({ '/a': 9, '/b': 5, '/c': 1 });
    await app.restart();
    await app.join();
    await app.send(views, several({ '/a': 3, '/d': 2, '/e': 1, '/f': 1, '/g': 1, '/h': 1 }));
    await app.settled();
    expect(all(app.table(counts))).toEqual({ '/a': 12, '/b': 5, '/c': 1, '/d': 2, '/e': 1, '/f': 1, '/g': 1, '/h': 1 });
    const partitions = new Map(app.sent(byUrl).map(({ key, partition }) => [key, partition]));
    expect(app.sent(byUrl).every(({ key, partition }) => partitions.get(key) === partition)).toBe(true);
    expect(new Set(app.sent(views).map(({ partition }) => partition)).size).toBe(4);
  });

  it('counts each message of its topic once, also after a crash; and exactly once each of its origin', async () => {
    app = await TestApp.start(PageViews, { overrides, partitions: 3 });
    await app.send(views, several({ '/a': 40, '/b': 40 }));
    for (let turn = 0; turn < 12; turn++) await new Promise(setImmediate);
    await app.crash();
    await app.restart();
    await app.send(views, several({ '/a': 2 }));
    // With exactly once, the coordinator gives up what the crash left open.
    await app.advance('2m');
    const counted = all(app.table(counts));
    expect(sum(Object.values(counted))).toBe(app.sent(byUrl).length);
    if (guarantee === 'exactly-once') expect(counted).toEqual({ '/a': 42, '/b': 40 });
    else expect(counted['/a']).toBeGreaterThanOrEqual(42);
  });

  it('commits both hops when all is settled', async () => {
    app = await TestApp.start(PageViews, { overrides });
    await app.send(views, several({ '/a': 3 }));
    await app.settled();
    expect([app.committed(views), app.committed(byUrl)]).toEqual([3, 3]);
  });

  it('passes values, headers and timestamps through byte for byte', async () => {
    app = await TestApp.start(PageViews, { overrides });
    const value = Buffer.from('{ "user":"ji\\u0159\\u00ed",\n "url": "/a" }');
    const headers = [
      ['trace', 'one'],
      ['trace', Buffer.from([0xff])],
      ['empty', null],
    ] as const;
    await app.send(views, { key: 'k', value, headers, timestamp: 12_345 });
    await app.settled();
    const [moved] = app.broker.messages('page-views-views-by-url-repartition');
    expect(moved).toMatchObject({ key: Buffer.from('/a'), value, timestamp: 12_345 });
    expect(moved.headers).toEqual(headers.map(([name, given]) => [name, given === null ? null : Buffer.from(given)]));
    const [event] = app.get(PageViews).events;
    expect(event).toMatchObject({ key: '/a', timestamp: 12_345, headerPairs: moved.headers, topic: 'page-views-views-by-url-repartition' });
  });

  it('sets aside what its selector fails on, at its place in the origin, and groups it when it is replayed', async () => {
    failing.add('jan');
    app = await TestApp.start(PageViews, { overrides });
    await app.send(views, [
      view('/a'),
      view('/b', 'jan'),
      view('/b', 'promise'),
      view('/b', 'number'),
      { key: 'k', value: Buffer.from('{') },
    ]);
    await app.advance('10s');
    const letters = app.deadLetters();
    expect(letters.map(({ topic, offset, agent }) => [topic, offset, agent])).toEqual(
      [1, 2, 3, 4].map((offset) => ['views', offset, 'views-by-url (groupBy)']),
    );
    expect(letters.map(({ attempts, error }) => [attempts, error.message])).toEqual([
      [2, 'jan fails'],
      [2, expect.stringContaining('the selector of views-by-url (groupBy) gave a promise')],
      [1, expect.stringContaining('cannot encode the new key of a message to page-views-views-by-url-repartition')],
      [1, expect.anything()],
    ]);
    expect(app.committed(views)).toBe(5);
    expect(all(app.table(counts))).toEqual({ '/a': 1 });
    failing.clear();
    expect(await app.replay({ key: 'jan' })).toBe(1);
    await app.settled();
    expect(all(app.table(counts))).toEqual({ '/a': 1, '/b': 1 });
  });

  it('sets aside what its agent fails on, at its place in its own topic, and takes it from there when it is replayed', async () => {
    failing.add('jan late');
    app = await TestApp.start(PageViews, { overrides });
    await app.send(views, view('/a', 'jan'));
    await app.advance('10s');
    expect(app.deadLetters()).toMatchObject([
      { topic: 'page-views-views-by-url-repartition', partition: 0, offset: 0, agent: 'PageViews.count' },
    ]);
    failing.clear();
    expect(await app.replay()).toBe(1);
    await app.settled();
    expect([all(app.table(counts)), app.sent(views).length, app.sent(byUrl).length]).toEqual([{ '/a': 1 }, 1, 2]);
  });

  it('drops and counts what has no new key, and tombstones', async () => {
    const told: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => told.push(line) });
    app = await TestApp.start(PageViews, { overrides: { ...overrides, logger } });
    await app.send(views, [view(null), view('/a'), { key: 'k', value: null }, view(null)]);
    await app.settled();
    expect(app.sent(byUrl)).toHaveLength(1);
    expect([app.deadLetters(), app.committed(views)]).toEqual([[], 4]);
    await app.advance('1m');
    await app.send(views, view(null));
    await app.settled();
    const dropped = told.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('drops'));
    expect(dropped).toMatchObject([
      { agent: 'views-by-url (groupBy)', keyless: 1, tombstones: 0 },
      { keyless: 3, tombstones: 1, msg: 'views-by-url (groupBy) drops events: 3 without a new key, 1 tombstones' },
    ]);
  });

  it('passes over markers, and shows nobody the header that they have in common with messages', async () => {
    app = await TestApp.start(PageViews, { overrides });
    const producer = await app.broker.transport().producer();
    const origin = ['weir-origin', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9])] as const;
    const target = { topic: 'page-views-views-by-url-repartition', partition: 0, key: null };
    await producer.send({ ...target, value: null, headers: [origin] });
    await producer.send({ ...target, value: null, headers: [['weir-origin', Buffer.from([7])]] });
    await producer.send({ ...target, key: '/a', value: JSON.stringify(view('/a').value), headers: [origin, ['trace', Buffer.from('x')]] });
    await app.settled();
    expect(app.get(PageViews).events.map(({ offset, headers }) => [offset, Object.keys(headers)])).toEqual([[2, ['trace']]]);
    expect([app.deadLetters(), app.committed(byUrl)]).toEqual([[], 3]);
    await producer.close();
  });

  @App({ id: 'two' })
  class Two {
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}
    @Handler(byUrl)
    count({ url }: View): void {
      this.counts.update(String(url), (n) => n + 1);
    }

    @Handler(byUrl, { batch: { max: 10 } })
    again(some: View[]): void {
      for (const { url } of some) this.counts.update(String(url), (n) => n + 10);
    }
  }

  it('is read by two agents from one topic', async () => {
    app = await TestApp.start(Two, { overrides, partitions: 2 });
    await app.send(views, several({ '/a': 3, '/b': 1 }));
    await app.settled();
    expect(app.sent(byUrl)).toHaveLength(4);
    expect(all(app.table(counts))).toEqual({ '/a': 33, '/b': 11 });
  });

  const byLength = byUrl.groupBy((_, { key }) => Number(key?.length), { name: 'by-length', key: 'integer' });

  @App({ id: 'twice', version: 2 })
  class Twice {
    readonly noted: string[] = [];
    @Handler(byLength)
    note({ user }: View, { key }: Event<number>): void {
      this.noted.push(`${key} ${user}`);
    }

    @Handler(topic(/.*/, { value: 'raw' }))
    everything(_: Buffer, event: Event): void {
      this.noted.push(event.topic);
    }
  }

  it('is grouped again, in topics that the version has for itself and that no pattern takes in', async () => {
    app = await TestApp.start(Twice, { overrides });
    await app.send(views, [view('/a'), view('/bb'), view('/c', 'jan')]);
    await app.settled();
    expect(app.sent(byLength).map(({ key, value }) => [key, value.url])).toEqual([
      [2, '/a'],
      [3, '/bb'],
      [2, '/c'],
    ]);
    expect(app.get(Twice).noted.sort()).toEqual(['2 jan', '2 jenny', '3 jenny', 'views', 'views', 'views']);
    expect(app.broker.topics()).toEqual(expect.arrayContaining(['twice-v2-views-by-url-repartition', 'twice-v2-by-length-repartition']));
  });
});
