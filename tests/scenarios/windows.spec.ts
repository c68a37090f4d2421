import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  App,
  type Event,
  EventTime,
  Handler,
  Inject,
  Record,
  type Stream,
  type TableChange,
  table,
  topic,
  type WindowEvent,
  type WindowedTable,
} from '@weir/core';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'json' });
const perMinute = table('per-minute', { key: 'string', value: 'long', default: 0 }).tumbling('1m', { grace: '10s' });
const report = topic('report', { key: 'string', value: 'json' });

let app: TestApp;
afterEach(() => app.stop());

const guarantees = ['at-least-once', 'exactly-once'] as const;
const at = (text: string) => Date.parse(`2000-01-01T${text}Z`);
const view = (url: string, text: string) => ({ key: url, value: {}, timestamp: at(text) });

@App({ id: 'counting' })
class Counting {
  constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

  @Handler(views)
  count(_: unknown, { key }: { key: string | null }): void {
    this.perMinute.update(key ?? '', (n) => n + 1);
  }

  @Handler(perMinute.closed, { sinks: [report] })
  publish(n: number, { window }: WindowEvent<string, number>): object {
    return { url: window.key, from: window.start, to: window.end, n };
  }
}

const start = (guarantee: (typeof guarantees)[number], overrides = {}) =>
  TestApp.start(Counting, { start: '2000-01-01T12:00:00Z', overrides: { guarantee, ...overrides } });

describe.each(guarantees)('windows of a table, %s', (guarantee) => {
  it('hold the values of their times, and close when the watermark has passed their ends and the grace', async () => {
    app = await start(guarantee);
    await app.send(views, [view('/a', '12:00:05'), view('/a', '12:00:50'), view('/b', '12:00:59'), view('/a', '12:01:05')]);
    await app.settled();
    expect(app.watermark(views)).toBe(at('12:01:05'));
    expect(app.table(perMinute).at(at('12:00:30')).get('/a')).toBe(2);
    expect(
      app
        .table(perMinute)
        .windows('/a')
        .map(([{ start }, n]) => [start, n]),
    ).toEqual([
      [at('12:00:00'), 2],
      [at('12:01:00'), 1],
    ]);
    expect(app.sent(report)).toEqual([]);
    await app.send(views, view('/c', '12:01:10'));
    await app.settled();
    expect(app.sent(report).map(({ key, value }) => [key, value])).toEqual([
      ['/a', { url: '/a', from: at('12:00:00'), to: at('12:01:00'), n: 2 }],
      ['/b', { url: '/b', from: at('12:00:00'), to: at('12:01:00'), n: 1 }],
    ]);
    expect(app.table(perMinute).size).toBe(2);
  });

  it('close when nothing new comes, once their topic is idle: at the pace of the clock', async () => {
    app = await start(guarantee);
    await app.send(views, view('/a', '12:00:05'));
    await app.settled();
    await app.advance('2m');
    expect(app.sent(report)).toEqual([]);
    await app.advance('30s');
    expect(app.sent(report).map(({ value }) => value)).toEqual([{ url: '/a', from: at('12:00:00'), to: at('12:01:00'), n: 1 }]);
    expect(app.table(perMinute).size).toBe(0);
  });

  it('close after a crash and a restart, without new events', async () => {
    app = await start(guarantee);
    await app.send(views, [view('/a', '12:00:05'), view('/b', '12:00:06')]);
    await app.settled();
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.advance('4m');
    expect(app.sent(report).map(({ key }) => key)).toEqual(['/a', '/b']);
    await app.restart();
    await app.advance('4m');
    expect(app.sent(report)).toHaveLength(2);
  });
});

describe.each(guarantees)('the windows of an event, %s', (guarantee) => {
  const hops = table('hops', { key: 'string', value: 'long', default: 0 }).hopping('1m', '20s');
  const visits = table('visits', { key: 'string', value: 'json' }).session('30s', {
    grace: '1m',
    merge: (earlier, later) => [...(earlier as string[]), ...(later as string[])],
  });

  @App({ id: 'visitors', guarantee })
  class Visitors {
    readonly seen: unknown[] = [];
    constructor(
      @Inject(hops) readonly hops: WindowedTable<string, number>,
      @Inject(visits) readonly visits: WindowedTable<string, unknown>,
    ) {}

    @Handler(views)
    view(_: unknown, { key, time }: Event): void {
      const name = String(key);
      this.hops.update(name, (n) => n + 1);
      this.visits.update(name, (old) => [...((old as string[] | undefined) ?? []), new Date(time).toISOString().slice(14, 19)]);
      this.seen.push([this.hops.get(name), this.hops.at(time - 30_000).get(name), this.hops.windows(name).length]);
    }

    @Handler(visits.closed, { sinks: [report] })
    visited(times: unknown, { window, time, offset, topic: name, partition }: WindowEvent<string, unknown>): unknown {
      return { from: window.start, to: window.end, times, time, offset, name, partition };
    }
  }

  const begin = async () => {
    app = await TestApp.start(Visitors, { start: '2000-01-01T12:10:00Z' });
  };

  it('are all that hold its time, where they hop', async () => {
    await begin();
    await app.send(views, [view('/a', '12:00:50'), view('/a', '12:01:05')]);
    await app.settled();
    expect(app.get(Visitors).seen).toEqual([
      [1, 1, 3],
      [1, 2, 4],
    ]);
    expect(
      app
        .table(hops)
        .windows('/a')
        .map(([{ start, end }, n]) => [(start - at('12:00:00')) / 1_000, end - start, n]),
    ).toEqual([
      [20, 60_000, 2],
      [40, 60_000, 2],
      [60, 60_000, 1],
    ]);
    expect(
      app
        .get(Visitors)
        .hops.range('/a', at('12:01:35'), at('12:01:50'))
        .map(([{ start }]) => start),
    ).toEqual([at('12:00:40'), at('12:01:00')]);
  });

  const sessions = () =>
    app
      .table(visits)
      .windows('/a')
      .map(([{ start, end }, times]) => [(start - at('12:00:00')) / 1_000, (end - at('12:00:00')) / 1_000, times]);

  it('are sessions that an event extends, or begins: one at the distance of the gap', async () => {
    await begin();
    await app.send(views, [view('/a', '12:00:00'), view('/a', '12:00:20'), view('/a', '12:00:50'), view('/b', '12:00:50')]);
    await app.settled();
    expect(sessions()).toEqual([
      [0, 50, ['00:00', '00:20']],
      [50, 80, ['00:50']],
    ]);
    await app.send(views, view('/b', '12:30:00'));
    await app.settled();
    const common = { offset: -1, name: 'visits.closed', partition: 0 };
    expect(
      app
        .sent(report)
        .filter(({ key }) => key === '/a')
        .map(({ value }) => value),
    ).toEqual([
      { from: at('12:00:00'), to: at('12:00:50'), times: ['00:00', '00:20'], time: at('12:00:50') - 1, ...common },
      { from: at('12:00:50'), to: at('12:01:20'), times: ['00:50'], time: at('12:01:20') - 1, ...common },
    ]);
  });

  it('are one session where an event comes between two, merged in the order of their starts', async () => {
    await begin();
    await app.send(views, [view('/a', '12:00:40'), view('/a', '12:00:00'), view('/a', '12:00:20')]);
    await app.settled();
    expect(sessions()).toEqual([[0, 70, ['00:00', '00:40', '00:20']]]);
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(app.get(Visitors).visits.windows('/a')).toHaveLength(1);
  });

  // A session that was over took a late event in, and closed a second time.
  it('are sessions of their own where the one that an event would have joined is closed', async () => {
    await begin();
    await app.send(views, [view('/a', '12:00:00'), view('/b', '12:01:31'), view('/a', '12:00:25')]);
    await app.settled();
    expect(sessions()).toEqual([[25, 55, ['00:25']]]);
    expect(app.sent(report)).toHaveLength(1);
  });
});

describe.each(guarantees)('the watermark, %s', (guarantee) => {
  const times = topic('times', { key: 'string', value: 'json', eventTime: (value) => (value as { at: string }).at as never });

  // It had the windows closed that an event writes to which waits for its retry.
  it('is held by an event that waits for its retry, and others of other keys go on', async () => {
    let isFailing = true;

    @App({ id: 'held', guarantee, errors: { retry: { attempts: 5, backoff: '5s', order: 'key' } } })
    class Held {
      constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

      @Handler(views)
      count(_: unknown, { key }: Event): void {
        if (key === '/a' && isFailing) throw new Error('not yet');
        this.perMinute.update(String(key), (n) => n + 1);
      }

      @Handler(perMinute.closed, { sinks: [report] })
      publish(n: number): number {
        return n;
      }
    }

    app = await TestApp.start(Held, { start: '2000-01-01T12:10:00Z' });
    await app.send(views, [view('/b', '12:00:01'), view('/a', '12:00:02'), view('/b', '12:05:00')]);
    await app.settled();
    expect(app.watermark(views)).toBe(at('12:00:02'));
    isFailing = false;
    await app.advance('6s');
    expect(app.watermark(views)).toBe(at('12:05:00'));
    expect(
      app
        .sent(report)
        .map(({ key, value }) => [key, value])
        .sort(),
    ).toEqual([
      ['/a', 1],
      ['/b', 1],
    ]);
  });

  it('goes by a field of the value, and an event without a time or from the far future fails by itself', async () => {
    @Record()
    class Reading {
      @EventTime() at!: number;
      n!: number;
    }
    const readings = topic('readings', { key: 'string', value: Reading });

    @App({ id: 'read', guarantee, errors: { retry: { attempts: 0 } } })
    class Reader {
      constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

      @Handler(readings)
      count({ n }: Reading, { key, time, timestamp }: Event<string, Reading>): void {
        if (time === timestamp) throw new Error('it is the time of the message');
        this.perMinute.update(String(key), (old) => old + n);
      }
    }

    app = await TestApp.start(Reader, { start: '2000-01-01T12:10:00Z' });
    await app.send(readings, [
      { key: '/a', value: { at: at('12:00:10'), n: 1 } },
      { key: '/a', value: { n: 1 } as Reading },
      { key: '/a', value: { at: at('13:30:00'), n: 1 } },
      { key: '/a', value: { at: at('12:00:20'), n: 1 } },
    ]);
    await app.settled();
    expect(app.watermark(readings)).toBe(at('12:00:20'));
    expect(app.table(perMinute).at(at('12:00:00')).get('/a')).toBe(2);
    expect(app.deadLetters().map(({ offset, error }) => [offset, error.code])).toEqual([
      [1, 'DECODE_FAILED'],
      [2, 'EVENT_TIME_ABSURD'],
    ]);
    expect(times.options.eventTime).toBeDefined();
  });
});

describe.each(guarantees)('a window that closes, %s', (guarantee) => {
  const kept = table('kept', { key: 'string', value: 'long', default: 0 }).tumbling('1m', { keep: '10m' });

  it('is retried and set aside as an event is, with key, value and window; others of its partition wait only where order is asked for', async () => {
    @App({ id: 'failing', guarantee, errors: { retry: { attempts: 1, backoff: '1s', order: 'key' } } })
    class Failing {
      constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

      @Handler(views)
      count(_: unknown, { key }: Event): void {
        this.perMinute.update(String(key), (n) => n + 1);
      }

      @Handler(perMinute.closed, { sinks: [report] })
      publish(n: number, { window }: WindowEvent<string, number>): number {
        if (window.key === '/a') throw new Error('never');
        return n;
      }
    }

    app = await TestApp.start(Failing, { start: '2000-01-01T12:10:00Z' });
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:00:02'), view('/c', '12:05:00')]);
    await app.settled();
    expect(app.sent(report).map(({ key }) => key)).toEqual(['/b']);
    await app.advance('2s');
    const [letter] = app.deadLetters();
    expect([String(letter.key), letter.value?.readBigInt64BE(), String(letter.headers['weir-window'])]).toEqual([
      '/a',
      1n,
      `${at('12:00:00')}-${at('12:01:00')}`,
    ]);
    expect(letter).toMatchObject({ topic: 'per-minute.closed', partition: 0, offset: -1, agent: 'Failing.publish', attempts: 2 });
    expect(app.table(perMinute).size).toBe(1);
    await expect(app.replay()).rejects.toThrow('per-minute.closed is no topic');
  });

  it('can be read for as long as it is kept, and is not changed', async () => {
    @App({ id: 'keeping', guarantee })
    class Keeping {
      readonly seen: number[] = [];
      constructor(@Inject(kept) readonly kept: WindowedTable<string, number>) {}

      @Handler(views)
      count(_: unknown, { key }: Event): void {
        this.kept.update(String(key), (n) => n + 1);
        this.seen.push(this.kept.at(at('12:00:00')).get('/a'));
      }

      @Handler(kept.closed, { sinks: [report] })
      publish(n: number): number {
        return n;
      }
    }

    app = await TestApp.start(Keeping, { start: '2000-01-01T13:00:00Z' });
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:05:00')]);
    await app.settled();
    await app.send(views, [view('/a', '12:00:02'), view('/b', '12:06:00')]);
    await app.settled();
    expect(app.get(Keeping).seen).toEqual([1, 1, 1, 1]);
    expect(app.sent(report).map(({ key, value }) => [key, value])).toEqual([
      ['/a', 1],
      ['/b', 1],
    ]);
    await app.crash();
    await app.restart();
    await app.settled();
    expect(app.get(Keeping).kept.at(at('12:00:00')).get('/a')).toBe(1);
    await app.send(views, view('/b', '12:20:00'));
    await app.settled();
    await app.advance('2s');
    expect(app.get(Keeping).kept.at(at('12:00:00')).get('/a')).toBe(0);
    expect(app.sent(report)).toHaveLength(3);
    expect(app.table(kept).size).toBe(1);
  });

  // What nobody handles, and what was kept for long enough, stayed until the next event.
  it('leaves when nothing new comes, without a handler and when it was kept, too', async () => {
    const unread = table('unread', { key: 'string', value: 'long', default: 0 }).tumbling('1m');

    @App({ id: 'silent', guarantee })
    class Silent {
      constructor(
        @Inject(kept) private readonly kept: WindowedTable<string, number>,
        @Inject(unread) private readonly unread: WindowedTable<string, number>,
      ) {}

      @Handler(views)
      count(_: unknown, { key }: Event): void {
        for (const each of [this.kept, this.unread]) each.update(String(key), (n) => n + 1);
      }

      @Handler(kept.closed, { sinks: [report] })
      publish(n: number): number {
        return n;
      }
    }

    app = await TestApp.start(Silent, { start: '2000-01-01T13:00:00Z' });
    await app.send(views, view('/a', '12:00:01'));
    await app.settled();
    await app.advance('3m');
    expect([app.table(kept).size, app.table(unread).size]).toEqual([1, 0]);
    await app.advance('10m');
    expect([app.table(kept).size, app.sent(report).length]).toEqual([0, 1]);
  });

  it('comes to a loop, too', async () => {
    @App({ id: 'looping', guarantee })
    class Looping {
      constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

      @Handler(views)
      count(_: unknown, { key }: Event): void {
        this.perMinute.update(String(key), (n) => n + 1);
      }

      @Agent(perMinute.closed, { sinks: [report] })
      async *publish(closed: Stream<number, string, WindowEvent<string, number>>): AsyncGenerator<object> {
        for await (const { value, window } of closed.events()) yield { n: value, from: window.start };
      }
    }

    app = await TestApp.start(Looping, { start: '2000-01-01T12:10:00Z' });
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:00:02'), view('/c', '12:05:00')]);
    await app.settled();
    expect(app.sent(report).map(({ key, value }) => [key, value])).toEqual([
      ['/a', { n: 1, from: at('12:00:00') }],
      ['/b', { n: 1, from: at('12:00:00') }],
    ]);
    expect(app.table(perMinute).size).toBe(1);
  });

  it('leaves nothing behind, however many there were', async () => {
    app = await start(guarantee);
    const many = Array.from({ length: 10_000 }, (_, index) => ({ key: `/${index}`, value: {}, timestamp: at('12:00:01') }));
    await app.send(views, [...many, view('/last', '12:30:00')]);
    await app.settled();
    expect(app.sent(report)).toHaveLength(10_000);
    expect(app.table(perMinute).size).toBe(1);
    app.broker.compact('counting-per-minute-changelog');
    expect(app.broker.messages('counting-per-minute-changelog').filter(({ value }) => value !== null)).toHaveLength(1);
  });
});

describe.each(guarantees)('what comes too late for its window, %s', (guarantee) => {
  const strict = table('strict', { key: 'string', value: 'long', default: 0 }).tumbling('1m');
  const late = topic('late', { key: 'string', value: 'json' });

  @App({ id: 'strict', guarantee, errors: { retry: { attempts: 1, backoff: '1s' } } })
  class Strict {
    isFailing = false;
    constructor(@Inject(strict) private readonly strict: WindowedTable<string, number>) {}

    @Handler(views)
    count(_: unknown, { key }: Event): void {
      this.strict.update(String(key), (n) => n + 1);
    }

    @Handler(strict.closed, { sinks: [report] })
    publish(n: number): number {
      return n;
    }

    @Handler(strict.late, { sinks: [late] })
    missed(value: unknown, { window, isLate, time }: WindowEvent<string>): object {
      if (this.isFailing) throw new Error('not now');
      return { value, key: window.key, from: window.start, isLate, time };
    }
  }

  const told: unknown[] = [];
  const begin = () =>
    TestApp.start(Strict, {
      start: '2000-01-01T12:10:00Z',
      overrides: { observers: [{ late: ({ key, time, watermark }) => void told.push([key, time, watermark]) }] },
    });

  it('is not written, is told, and comes to the handler of late events with the window that it missed', async () => {
    told.length = 0;
    app = await begin();
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:05:00'), { ...view('/a', '12:00:30'), value: { late: true } }]);
    await app.settled();
    expect(told).toEqual([['/a', at('12:00:30'), at('12:05:00')]]);
    expect(app.sent(report)).toHaveLength(1);
    expect(app.sent(late).map(({ key, value }) => [key, value])).toEqual([
      ['/a', { value: { late: true }, key: '/a', from: at('12:00:00'), isLate: true, time: at('12:00:30') }],
    ]);
    expect(app.table(strict).size).toBe(1);
    app.broker.compact('strict-strict-changelog');
    expect(app.broker.messages('strict-strict-changelog').filter(({ value }) => value !== null)).toHaveLength(1);
  });

  it('waits in the table until it is handled, also over a crash, and is set aside as other events are', async () => {
    app = await begin();
    app.get(Strict).isFailing = true;
    await app.send(views, [view('/b', '12:05:00'), { ...view('/a', '12:00:30'), value: { late: 1 } }, view('/c', '12:05:01')]);
    await app.settled();
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(app.sent(late).map(({ value }) => value)).toEqual([
      { value: { late: 1 }, key: '/a', from: at('12:00:00'), isLate: true, time: at('12:00:30') },
    ]);
    app.get(Strict).isFailing = true;
    await app.send(views, { ...view('/a', '12:00:40'), value: { late: 2 } });
    await app.advance('2s');
    expect(app.deadLetters().map(({ topic: of, value }) => [of, String(value)])).toEqual([['strict.late', '{"late":2}']]);
    expect(app.table(strict).size).toBe(2);
  });
});

describe.each(guarantees)('windows of a grouped source, %s', (guarantee) => {
  const grouped = views.groupBy((value) => (value as { url: string }).url, { name: 'by-url' });
  const perUrl = table('per-url', { key: 'string', value: 'long', default: 0 }).tumbling('1m');
  const late: unknown[] = [];

  @App({ id: 'grouped', guarantee, idleAfter: '10m' })
  class Grouped {
    constructor(@Inject(perUrl) private readonly perUrl: WindowedTable<string, number>) {}

    @Handler(grouped)
    count(_: unknown, { key }: Event): void {
      this.perUrl.update(String(key), (n) => n + 1);
    }

    @Handler(perUrl.closed, { sinks: [report] })
    publish(n: number, { window }: WindowEvent<string, number>): object {
      return { n, from: (window.start - at('12:00:00')) / 60_000 };
    }
  }

  const start = async () => {
    late.length = 0;
    app = await TestApp.start(Grouped, {
      partitions: 2,
      start: '2000-01-01T13:00:00Z',
      overrides: { observers: [{ late: (event) => void late.push(event) }] },
    });
  };
  const sendTo = (partition: number, url: string, text: string) => app.send(views, { ...view(url, text), value: { url }, partition });
  const closed = () =>
    app
      .sent(report)
      .map(({ key, value }) => `${key} ${(value as { from: number }).from} ${(value as { n: number }).n}`)
      .sort();

  // A partition with a long backlog had all its events late, after each rebalance.
  it('wait for the partition of the origin that has come least far', async () => {
    await start();
    app.broker.faults.freeze({ topic: 'views', partition: 1 });
    for (let minute = 0; minute < 10; minute++) await sendTo(0, '/a', `12:0${minute}:00`);
    for (let minute = 0; minute < 5; minute++) await sendTo(1, '/a', `12:0${minute}:30`);
    await app.advance('5s');
    expect(closed()).toEqual([]);
    app.broker.faults.thaw({ topic: 'views', partition: 1 });
    await app.advance('5s');
    expect(late).toEqual([]);
    expect(closed()).toEqual(['/a 0 2', '/a 1 2', '/a 2 2', '/a 3 2']);
    await sendTo(1, '/b', '12:20:00');
    await sendTo(0, '/b', '12:20:00');
    await app.advance('5s');
    expect(closed()).toHaveLength(10);
    expect(late).toEqual([]);
  });

  it('go on after a crash, and without a partition of the origin that is idle', async () => {
    await start();
    await sendTo(0, '/a', '12:00:00');
    await sendTo(1, '/a', '12:00:10');
    await app.advance('5s');
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await sendTo(0, '/c', '12:05:00');
    await app.advance('5s');
    expect(closed()).toEqual([]);
    await app.advance('12m');
    expect(closed()).toEqual(['/a 0 2']);
  });
});

describe.each(guarantees)('the changes of a windowed table, %s', (guarantee) => {
  const kept = table('seen', { key: 'string', value: 'json' }).tumbling('1m', { keep: '5m' });

  @App({ id: 'changing', guarantee })
  class Changing {
    constructor(@Inject(kept) private readonly kept: WindowedTable<string, unknown>) {}

    @Handler(views)
    count(_: unknown, { key }: Event): void {
      this.kept.update(String(key), (n) => ((n as number | undefined) ?? 0) + 1);
    }

    @Handler(kept.closed)
    closed(): void {}

    @Handler(kept.changes, { sinks: [report] })
    changed({ key, value, previous }: TableChange<string, unknown>, { window }: WindowEvent<string, unknown>): object {
      return { key, is: value ?? null, was: previous ?? null, from: (window.start - at('12:00:00')) / 60_000 };
    }
  }

  it('are those of its windows, one for each checkpoint; one that leaves is deleted', async () => {
    app = await TestApp.start(Changing, { start: '2000-01-01T13:00:00Z' });
    await app.send(views, [view('/a', '12:00:01'), view('/a', '12:00:02')]);
    await app.settled();
    await app.send(views, [view('/a', '12:00:03'), view('/b', '12:01:30')]);
    await app.settled();
    await app.advance('3s');
    expect(app.sent(report).map(({ value }) => value)).toEqual([
      { key: '/a', is: 2, was: null, from: 0 },
      { key: '/a', is: null, was: 2, from: 0 },
      { key: '/b', is: 1, was: null, from: 1 },
    ]);
  });
});
