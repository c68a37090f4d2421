import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  App,
  CLOCK,
  type Clock,
  type Event,
  Handler,
  Inject,
  json,
  StateError,
  type Stream,
  type Table,
  type Topic,
  table,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';

interface View {
  readonly url: string;
  readonly how?: 'fails' | 'fails once' | 'stays';
}

const views = topic('views', { key: 'string', value: json<View>() });
const report = topic('report', { key: 'string', value: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const last = table('last', { key: 'string', value: json<{ readonly url: string; readonly n: number }>() });

let app: TestApp;
afterEach(() => app?.stop());

const view = (url: string, how?: View['how']) => ({ key: url, value: { url, how } });
const times = (count: number, url = '/') => Array.from({ length: count }, () => view(url));

describe.each(['at-least-once', 'exactly-once'] as const)('a table, %s', (guarantee) => {
  const overrides = { guarantee, errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  @App({ id: 'counting' })
  class Counting {
    failed = new Set<string>();
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}

    @Handler(views, { concurrency: { by: 'none', max: 8 } })
    async count({ url, how }: View): Promise<void> {
      this.counts.update(url, (n) => n + 1);
      if (how === 'stays') await this.clock.sleep(5_000);
      if (how === 'fails') throw new Error('always');
      if (how === 'fails once' && !this.failed.has(url)) {
        this.failed.add(url);
        throw new Error('once');
      }
    }
  }

  it('counts, over a restart, a crash and a move to another worker', async () => {
    app = await TestApp.start(Counting, { overrides, partitions: 3 });
    await app.send(views, [...times(5, '/a'), ...times(3, '/b')]);
    await app.settled();
    expect([app.table(counts).get('/a'), app.table(counts).get('/b'), app.table(counts).get('/c')]).toEqual([5, 3, 0]);
    await app.restart();
    await app.send(views, times(5, '/a'));
    await app.settled();
    await app.crash();
    await app.restart();
    const second = await app.join();
    await app.send(views, [...times(2, '/a'), ...times(4, '/c'), ...times(1, '/d')]);
    await app.settled();
    await second.crash();
    await app.send(views, times(1, '/c'));
    await app.advance('1m');
    expect(Object.fromEntries(app.table(counts).entries())).toEqual({ '/a': 12, '/b': 3, '/c': 5, '/d': 1 });
    expect(app.get(Counting).counts.get('/c')).toBe(5);
    expect(app.get(Counting).counts.size).toBe(4);
  });

  it('has nothing of attempts that failed', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(views, [view('/a'), view('/a', 'fails'), view('/a', 'fails once'), view('/b', 'fails')]);
    await app.advance('10s');
    expect(
      app
        .deadLetters()
        .map(({ offset }) => offset)
        .sort(),
    ).toEqual([1, 3]);
    expect(app.table(counts).entries()).toEqual([['/a', 2]]);
    expect(app.get(Counting).counts.has('/b')).toBe(false);
  });

  it('loses no update of attempts that overlap', async () => {
    app = await TestApp.start(Counting, { overrides });
    await app.send(
      views,
      Array.from({ length: 40 }, (_, each) => view('/hot', each % 3 === 0 ? 'stays' : undefined)),
    );
    await app.advance('20m');
    expect(app.deadLetters()).toEqual([]);
    expect(app.table(counts).get('/hot')).toBe(40);
  });

  @App({ id: 'forms' })
  class Forms {
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(last) readonly last: Table<string, { readonly url: string; readonly n: number } | undefined>,
      @Inject(report) readonly report: Topic<string, number>,
    ) {}

    @Handler(views)
    one({ url }: View): void {
      this.counts.update(`${url}`, (n) => n + 1);
    }

    @Handler(views, { batch: { max: 4 } })
    some(all: View[]): void {
      for (const { url } of all) this.last.update(url, (old) => ({ url, n: (old?.n ?? 0) + 1 }));
    }

    @Agent(views, { sinks: [report] })
    async *loop(stream: Stream<View>): AsyncIterable<number> {
      for await (const { url, how } of stream) {
        const n = this.counts.update(url, (n) => n + 1);
        if (how === 'fails') throw new Error('always');
        yield n;
      }
    }

    @Agent(views)
    async arrays(stream: Stream<View>): Promise<void> {
      for await (const some of stream.take(3, '1s')) for (const { url } of some) this.counts.update(url, (n) => n + 1);
    }
  }

  it('is written by handlers, arrays, loops and arrays of loops', async () => {
    app = await TestApp.start(Forms, { overrides });
    await app.send(views, [...times(7, '/a'), view('/a', 'fails'), ...times(2, '/b')]);
    await app.advance('10s');
    expect(app.table(counts).entries()).toEqual([
      ['/a', 8 + 7 + 8],
      ['/b', 6],
    ]);
    expect(app.table(last).get('/a')).toEqual({ url: '/a', n: 8 });
    expect(app.sent(report)).toHaveLength(9);
  });

  @App({ id: 'sending' })
  class Sending {
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(report) readonly report: Topic<string, number>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}

    @Handler(views, { concurrency: { by: 'none', max: 16 } })
    async count({ url }: View): Promise<void> {
      const n = this.counts.get(url) + 1;
      await this.clock.sleep(10);
      await this.report.send({ key: url, value: n });
      await this.clock.sleep(10);
      this.counts.set(url, n);
    }
  }

  it('has each attempt that sends go through alone: what is sent was never overtaken', async () => {
    app = await TestApp.start(Sending, { overrides });
    await app.send(views, times(30));
    await app.advance('10m');
    expect(app.deadLetters()).toEqual([]);
    expect(app.table(counts).get('/')).toBe(30);
    expect(app.sent(report).map(({ value }) => value)).toEqual(Array.from({ length: 30 }, (_, each) => each + 1));
  });

  @App({ id: 'queueing' })
  class Queueing {
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(report) readonly report: Topic<string, number>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}

    @Handler(views, { concurrency: { by: 'none', max: 8 } })
    async count({ how }: View): Promise<void> {
      const n = this.counts.get('/');
      if (how === 'stays') {
        await this.report.send({ key: '/', value: n });
        await this.clock.sleep(300);
      } else if (how === undefined) await this.report.send({ key: '/', value: n });
      this.counts.set('/', n + 1);
    }
  }

  // A test of it ended with "not settled": what waited for the one that slept was taken for busy.
  it('waits with those that sleep, where others wait for them', async () => {
    app = await TestApp.start(Queueing, { overrides: { ...overrides, commitInterval: '200ms' } });
    await app.send(views, [view('/', 'stays'), view('/'), view('/', 'fails'), view('/')]);
    await app.advance(210);
    await app.advance('5s');
    expect(app.table(counts).get('/')).toBe(4);
  });

  @App({ id: 'scanning' })
  class Scanning {
    readonly seen: unknown[] = [];
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}

    @Handler(views, { concurrency: { by: 'none', max: 8 } })
    async count({ url }: View): Promise<void> {
      this.counts.update(url, (n) => n + 1);
      let sum = 0;
      for await (const [, n] of this.counts.entries()) sum += n;
      await this.clock.sleep(10);
      this.counts.set('sum', sum);
    }
  }

  it('lets an attempt that reads all of it come to its end under load', async () => {
    app = await TestApp.start(Scanning, { overrides });
    await app.send(
      views,
      Array.from({ length: 20 }, (_, each) => view(`/${each}`)),
    );
    await app.advance('10m');
    const sums = app.table(counts).entries();
    expect(sums.filter(([key]) => key !== 'sum')).toHaveLength(20);
    expect(app.deadLetters()).toEqual([]);
  });
});

describe('a table', () => {
  @App({ id: 'reading' })
  class Reading {
    readonly seen: unknown[] = [];
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}

    @Handler(views)
    async read({ url }: View): Promise<void> {
      this.counts.set(url, 1);
      this.counts.set('b/2', 2);
      this.counts.set('b/10', 10);
      this.counts.set('b/é', 3);
      this.counts.delete('b/2');
      const found: Record<string, unknown[]> = { entries: [], range: [], prefix: [] };
      for await (const [key] of this.counts.entries()) found.entries.push(key);
      for await (const [key] of this.counts.range('b/', 'c')) found.range.push(key);
      for (const [key, n] of this.counts.prefix('b/1')) found.prefix.push(key, n);
      this.seen.push({ ...found, size: this.counts.size, deleted: this.counts.delete('nothing'), has: this.counts.has('b/2') });
    }
  }

  it('is read with what the attempt has written, in the order of the keys’ bytes', async () => {
    app = await TestApp.start(Reading);
    await app.send(views, view('a'));
    await app.settled();
    await app.send(views, view('z'));
    await app.settled();
    expect(app.get(Reading).seen).toEqual([
      { entries: ['a', 'b/10', 'b/é'], range: ['b/10', 'b/é'], prefix: ['b/10', 10], size: 0, deleted: false, has: false },
      { entries: ['a', 'b/10', 'b/é', 'z'], range: ['b/10', 'b/é'], prefix: ['b/10', 10], size: 3, deleted: false, has: false },
    ]);
  });

  @App({ id: 'misplaced', errors: { retry: { attempts: 0 } } })
  class Misplaced {
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}

    @Handler(views)
    count({ url }: View, { key }: Event<string, View>): void {
      this.counts.update(key ?? '', (n) => n + 1);
      if (url !== key) this.counts.update(url, (n) => n + 1);
    }
  }

  it('refuses a key that belongs to another partition, and the event goes to its policy', async () => {
    app = await TestApp.start(Misplaced, { partitions: 8 });
    await app.send(views, [view('/a'), { key: '/a', value: { url: '/b' } }]);
    await app.settled();
    expect(app.deadLetters().map(({ error }) => error.code)).toEqual(['KEY_MISPLACED']);
    expect(app.table(counts).entries()).toEqual([['/a', 1]]);
  });

  const byEvent = table('by-event', { key: 'string', value: 'long', default: 0, placement: 'event' });

  @App({ id: 'by-event' })
  class ByEvent {
    constructor(@Inject(byEvent) readonly all: Table<string, number>) {}

    @Handler(views)
    count(): void {
      this.all.update('all', (n) => n + 1);
    }
  }

  it('keeps state by partition where it is placed by its event', async () => {
    app = await TestApp.start(ByEvent, { partitions: 4 });
    await app.send(
      views,
      Array.from({ length: 40 }, (_, each) => view(`/${each}`)),
    );
    await app.settled();
    const all = app.table(byEvent).entries();
    expect(all).toHaveLength(4);
    expect(all.reduce((sum, [, n]) => sum + n, 0)).toBe(40);
    expect(() => app.get(ByEvent).all.get('all')).toThrow(expect.objectContaining({ code: 'NOT_LOCAL' }));
  });

  it('is read outside of events, and not written', async () => {
    app = await TestApp.start(Misplaced);
    await app.send(views, view('/a'));
    await app.settled();
    const { counts } = app.get(Misplaced);
    expect(counts.get('/a')).toBe(1);
    expect(() => counts.set('/a', 2)).toThrow(StateError);
    expect(() => counts.update('/a', (n) => n + 1)).toThrow(expect.objectContaining({ code: 'WRITE_OUTSIDE_EVENT' }));
  });

  @App({ id: 'late', errors: { retry: { attempts: 0 } } })
  class Late {
    readonly refused: unknown[] = [];
    constructor(
      @Inject(counts) readonly counts: Table<string, number>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}

    @Handler(views)
    count({ url, how }: View): void {
      void this.clock.sleep(1_000).then(() => {
        try {
          this.counts.update(url, (n) => n + 1);
        } catch (error) {
          this.refused.push((error as { code: string }).code);
        }
      });
      if (how === 'fails') throw new Error('always');
    }
  }

  it('is not written by what goes on after its attempt has ended', async () => {
    app = await TestApp.start(Late);
    await app.send(views, [view('/a'), view('/a', 'fails')]);
    await app.advance('5s');
    expect(app.get(Late).refused).toEqual(['WRITE_OUTSIDE_EVENT', 'ATTEMPT_CLOSED']);
    expect(app.table(counts).size).toBe(0);
  });

  // The changes of a refused event were in the changelog, and came back with it after a move.
  it('agrees with the committed offsets where messages were refused, at least once', async () => {
    @App({ id: 'refused', errors: { retry: { attempts: 0 } } })
    class Refused {
      constructor(
        @Inject(counts) readonly counts: Table<string, number>,
        @Inject(report) readonly report: Topic<string, number>,
      ) {}
      @Handler(views)
      count({ url }: View): void {
        this.counts.update(url, (n) => n + 1);
        this.report.sendSoon({ key: url, value: 1 });
      }
    }
    app = await TestApp.start(Refused);
    app.broker.faults.failProduce(({ topic, key }) => topic === 'report' && String(key) === '/bad');
    await app.send(views, [view('/a'), view('/bad'), view('/b')]);
    await app.advance('1m');
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([1]);
    expect(Object.fromEntries(app.table(counts).entries())).toEqual({ '/a': 1, '/b': 1 });
    await app.restart();
    await app.settled();
    expect(app.get(Refused).counts.get('/bad')).toBe(0);
  });

  it('sets an event aside whose value the changelog cannot take, and counts the others once', async () => {
    const texts = table('texts', { key: 'string', value: 'string', default: '' });
    @App({ id: 'large', errors: { retry: { attempts: 0 } } })
    class Large {
      constructor(
        @Inject(texts) readonly texts: Table<string, string>,
        @Inject(counts) readonly counts: Table<string, number>,
      ) {}
      @Handler(views)
      append({ url }: View): void {
        this.counts.update(url, (n) => n + 1);
        this.texts.update(url, (text) => text + (url === '/large' ? 'x'.repeat(600_000) : 'x'));
      }
    }
    app = await TestApp.start(Large);
    await app.send(views, [view('/a'), view('/large'), view('/large'), view('/b')]);
    await app.advance('1m');
    expect(app.deadLetters().map(({ offset, error }) => [offset, error.code])).toEqual([[2, 'VALUE_UNWRITABLE']]);
    expect(Object.fromEntries(app.table(counts).entries())).toEqual({ '/a': 1, '/large': 1, '/b': 1 });
    expect(app.table(texts).get('/large')).toHaveLength(600_000);
  });
});
