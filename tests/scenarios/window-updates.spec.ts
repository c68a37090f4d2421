import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  App,
  type Event,
  Handler,
  Inject,
  type Stream,
  type TableChange,
  table,
  topic,
  type WindowEvent,
  type WindowedTable,
} from '@weir/core';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'json' });
const report = topic('report', { key: 'string', value: 'json' });
const plain = { key: 'string', value: 'long', default: 0 } as const;
const perMinute = table('per-minute', plain).tumbling('1m', { emit: { every: '5s' } });

let app: TestApp;
afterEach(() => app.stop());

const guarantees = ['at-least-once', 'exactly-once'] as const;
const at = (text: string) => Date.parse(`2000-01-01T${text}Z`);
const view = (url: string, text: string) => ({ key: url, value: {}, timestamp: at(text) });
const start = '2000-01-01T12:10:00Z';

@App({ id: 'updating' })
class Updating {
  isFailing = false;
  readonly calls: number[] = [];
  constructor(@Inject(perMinute) private readonly perMinute: WindowedTable<string, number>) {}

  @Handler(views)
  count(what: unknown, { key }: Event): void {
    if ((what as { delete?: boolean }).delete === true) this.perMinute.delete(key as string);
    else this.perMinute.update(String(key), (n) => n + 1);
  }

  @Handler(perMinute.changes, { sinks: [report] })
  update({ key, value, previous }: TableChange<string, number>, { window, isLate }: WindowEvent<string, unknown>): unknown[] {
    this.calls.push(app.clock.now());
    if (this.isFailing) throw new Error('not now');
    return ['is', key, (window.start - at('12:00:00')) / 60_000, previous ?? null, value ?? null, ...(isLate ? ['late'] : [])];
  }

  @Handler(perMinute.closed, { sinks: [report] })
  close(n: number, { window }: WindowEvent<string, number>): unknown[] {
    return ['closed', window.key, (window.start - at('12:00:00')) / 60_000, n];
  }
}

const sent = () => app.sent(report).map(({ value }) => value);
const begin = async (guarantee: (typeof guarantees)[number], overrides = {}) => {
  app = await TestApp.start(Updating, { start, overrides: { guarantee, idleAfter: '10h', ...overrides } });
};

describe.each(guarantees)('changes of windows every so often, %s', (guarantee) => {
  it('are one for each window in that time, with the newest committed value and the one that was given before', async () => {
    await begin(guarantee);
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:00:01'), view('/a', '12:00:02')]);
    await app.advance('4s');
    expect(sent()).toEqual([]);
    await app.send(views, view('/a', '12:00:03'));
    await app.advance('2s');
    expect(sent()).toEqual([
      ['is', '/a', 0, null, 3],
      ['is', '/b', 0, null, 1],
    ]);
    const { calls } = app.get(Updating);
    calls.length = 0;
    for (let second = 0; second < 17; second++) {
      await app.send(views, view('/a', '12:00:10'));
      await app.advance('1s');
    }
    await app.advance('10s');
    expect(calls.length).toBeGreaterThanOrEqual(4);
    for (const [index, time] of calls.entries()) if (index > 0) expect(time - calls[index - 1]).toBeGreaterThanOrEqual(5_000);
    expect(sent()).toHaveLength(2 + calls.length);
    expect(sent().at(-1)).toEqual(['is', '/a', 0, (sent().at(-2) as unknown[])[4], 20]);
    await app.advance('1m');
    expect(sent()).toHaveLength(2 + calls.length);
  });

  it('come before the window closes, where its last value was not given yet; closing is none', async () => {
    await begin(guarantee);
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:00:01'), view('/b', '12:01:00')]);
    await app.settled();
    expect(sent()).toEqual([
      ['is', '/a', 0, null, 1],
      ['is', '/b', 0, null, 1],
      ['closed', '/a', 0, 1],
      ['closed', '/b', 0, 1],
    ]);
    await app.advance('20s');
    expect(sent().slice(4)).toEqual([['is', '/b', 1, null, 1]]);
    await app.send(views, view('/c', '12:02:00'));
    await app.advance('20s');
    expect(sent().slice(5)).toEqual([
      ['closed', '/b', 1, 1],
      ['is', '/c', 2, null, 1],
    ]);
    expect(app.table(perMinute).size).toBe(1);
  });

  it('come again for open windows after a crash, with their newest values, without new events', async () => {
    await begin(guarantee);
    await app.send(views, [view('/a', '12:00:01'), view('/b', '12:00:01')]);
    await app.advance('2s');
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.advance('6s');
    expect(sent()).toEqual([
      ['is', '/a', 0, null, 1],
      ['is', '/b', 0, null, 1],
    ]);
    await app.crash();
    await app.restart();
    await app.send(views, view('/b', '12:05:00'));
    await app.settled();
    expect(sent().slice(2).sort()).toEqual([
      ['closed', '/a', 0, 1],
      ['closed', '/b', 0, 1],
      ['is', '/a', 0, null, 1],
      ['is', '/b', 0, null, 1],
    ]);
  });

  it('are given by the worker that has the partition by now', async () => {
    app = await TestApp.start(Updating, { start, partitions: 4, overrides: { guarantee, idleAfter: '10h' } });
    const keys = Array.from({ length: 20 }, (_, index) => `/${index}`);
    await app.send(
      views,
      keys.map((key) => view(key, '12:00:01')),
    );
    await app.advance('2s');
    const other = await app.join();
    await app.advance('7s');
    expect(new Set(sent().map((each) => (each as unknown[])[1]))).toEqual(new Set(keys));
    await app.send(
      views,
      keys.map((key) => view(key, '12:00:02')),
    );
    await app.advance('2s');
    await other.stop();
    await app.advance('7s');
    const newest = new Map(sent().map((each) => [(each as unknown[])[1], (each as unknown[])[4]]));
    expect([...newest.values()]).toEqual(keys.map(() => 2));
  });

  it('are retried, hold the closing of windows of their keys up, and are set aside with key, value and window', async () => {
    await begin(guarantee, { errors: { retry: { attempts: 2, backoff: '1s', order: 'key' } } });
    app.get(Updating).isFailing = true;
    await app.send(views, [view('/a', '12:00:01'), view('/a', '12:01:01'), view('/a', '12:02:01')]);
    await app.settled();
    expect(sent()).toEqual([]);
    await app.advance('20s');
    expect(sent()).toEqual([
      ['closed', '/a', 0, 1],
      ['closed', '/a', 1, 1],
    ]);
    const letter = app.deadLetters().find(({ headers }) => String(headers['weir-window']) === `${at('12:01:00')}-${at('12:02:00')}`);
    expect(letter).toMatchObject({ topic: 'per-minute.changes', partition: 0, offset: -1, agent: 'Updating.update', attempts: 3 });
    expect([String(letter?.key), letter?.value?.readBigInt64BE()]).toEqual(['/a', 1n]);
  });

  it('come again where what was given is taken back', async () => {
    await begin(guarantee);
    await app.send(views, view('/a', '12:00:01'));
    await app.advance('2s');
    let left = 1;
    app.broker.faults.failProduce(({ topic: name }) => name === report.name && left-- > 0);
    await app.advance('20s');
    expect(sent()).toEqual([['is', '/a', 0, null, 1]]);
    expect(app.get(Updating).calls.length).toBeGreaterThan(1);
    await app.send(views, view('/b', '12:01:01'));
    await app.advance('10s');
    expect(sent().slice(1)).toEqual([
      ['closed', '/a', 0, 1],
      ['is', '/b', 1, null, 1],
    ]);
  });

  it('tell that the value of a window was deleted', async () => {
    await begin(guarantee);
    await app.send(views, view('/a', '12:00:01'));
    await app.advance('10s');
    await app.send(views, { ...view('/a', '12:00:02'), value: { delete: true } });
    await app.advance('10s');
    expect(sent()).toEqual([
      ['is', '/a', 0, null, 1],
      ['is', '/a', 0, 1, null],
    ]);
    await app.send(views, view('/a', '12:00:03'));
    await app.advance('10s');
    expect(sent().at(-1)).toEqual(['is', '/a', 0, null, 1]);
  });

  it('are not held up, and leave nothing behind, however many windows there are', async () => {
    await begin(guarantee);
    const many = Array.from({ length: 2_500 }, (_, index) => view(`/${index}`, '12:00:01'));
    await app.send(views, many);
    await app.advance('10s');
    expect(sent()).toHaveLength(2_500);
    await app.send(views, [...many, view('/last', '12:30:00')]);
    await app.settled();
    expect(
      sent()
        .slice(2_500)
        .filter((each) => (each as unknown[])[0] === 'is'),
    ).toHaveLength(2_500);
    expect(sent().filter((each) => (each as unknown[])[0] === 'closed')).toHaveLength(2_500);
    await app.advance('2s');
    expect(app.table(perMinute).size).toBe(1);
  });
});

describe.each(guarantees)('changes of windows whose handlers take long, %s', (guarantee) => {
  const patient = table('patient', plain).tumbling('1m', { grace: '5m', emit: { every: '5s' } });

  @App({ id: 'patient', guarantee, idleAfter: '10h' })
  class Patient {
    readonly begun: number[] = [];
    finish = () => {};
    isSlow = false;
    constructor(@Inject(patient) private readonly patient: WindowedTable<string, number>) {}

    @Handler(views)
    count(_: unknown, { key }: Event): void {
      this.patient.update(String(key), (n) => n + 1);
    }

    @Handler(patient.changes, { sinks: [report] })
    async update({ value }: TableChange<string, number>, { window }: WindowEvent<string, unknown>): Promise<unknown[]> {
      this.begun.push(app.clock.now());
      if (this.isSlow)
        await new Promise<void>((resolve) => {
          this.finish = resolve;
        });
      return ['is', (window.start - at('12:00:00')) / 60_000, value ?? null];
    }

    @Handler(patient.closed, { sinks: [report] })
    close(n: number, { window }: WindowEvent<string, number>): unknown[] {
      return ['closed', (window.start - at('12:00:00')) / 60_000, n];
    }
  }

  it('are as far apart as is said from the end of one to the next', async () => {
    app = await TestApp.start(Patient, { start });
    const instance = app.get(Patient);
    instance.isSlow = true;
    await app.send(views, view('/a', '12:00:01'));
    await app.advance('9s', { running: 1 });
    await app.send(views, view('/a', '12:00:02'));
    instance.isSlow = false;
    instance.finish();
    const finished = app.clock.now();
    await app.advance('4s');
    expect(instance.begun).toHaveLength(1);
    await app.advance('6s');
    expect(instance.begun).toHaveLength(2);
    expect(instance.begun[1] - finished).toBeGreaterThanOrEqual(5_000);
    expect(sent()).toEqual([
      ['is', 0, 1],
      ['is', 0, 2],
    ]);
  });

  it('let windows of a key close in the order of their ends, where only an earlier one waits for its last value', async () => {
    app = await TestApp.start(Patient, { start });
    await app.send(views, [view('/a', '12:00:01'), view('/a', '12:01:01')]);
    await app.advance('10s');
    await app.send(views, [view('/a', '12:00:02'), view('/b', '12:09:00')]);
    await app.settled();
    expect(sent()).toEqual([
      ['is', 0, 1],
      ['is', 1, 1],
      ['is', 0, 2],
      ['closed', 0, 2],
      ['closed', 1, 1],
    ]);
  });
});

describe.each(guarantees)('changes of sessions every so often, %s', (guarantee) => {
  const visits = table('visits', plain).session('30s', { emit: { every: '5s' }, merge: (one, other) => one + other });

  @App({ id: 'visited', guarantee, idleAfter: '10h' })
  class Visited {
    constructor(@Inject(visits) private readonly visits: WindowedTable<string, number>) {}

    @Handler(views)
    view(_: unknown, { key }: Event): void {
      this.visits.update(String(key), (n) => n + 1);
    }

    @Agent(visits.changes, { sinks: [report] })
    async *update(
      changes: Stream<TableChange<string, number>, string, WindowEvent<string, TableChange<string, number>>>,
    ): AsyncGenerator<unknown[]> {
      for await (const { value, window } of changes.events())
        yield [(window.start - at('12:00:00')) / 1_000, (window.end - at('12:00:00')) / 1_000, value.value ?? null];
    }
  }

  it('tell of one that has gone into another that it is no more; those that nobody handles leave when they were given', async () => {
    app = await TestApp.start(Visited, { start });
    await app.send(views, view('/a', '12:00:00'));
    await app.advance('6s');
    await app.send(views, view('/a', '12:00:20'));
    await app.advance('6s');
    expect(sent()).toEqual([
      [0, 30, 1],
      [0, 30, null],
      [0, 50, 2],
    ]);
    await app.send(views, [view('/a', '12:00:25'), view('/b', '12:10:00')]);
    await app.settled();
    expect(sent().slice(3)).toContainEqual([0, 55, 3]);
    await app.advance('10s');
    expect(app.table(visits).size).toBe(1);
  });
});
