import { afterEach, describe, expect, it } from '@jest/globals';
import {
  App,
  CLOCK,
  type Clock,
  type Event,
  Handler,
  Inject,
  type PartitionTick,
  type Position,
  type Table,
  Timer,
  type Topic,
  table,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const report = topic('report', { key: 'string', value: 'long' });

let app: TestApp;
afterEach(() => app?.stop());

class Counting {
  readonly ticks: PartitionTick[] = [];
  isFailing = false;
  constructor(
    @Inject(counts) readonly counts: Table<string, number>,
    @Inject(report) readonly report: Topic<string, number>,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}
}

@App({ id: 'reporting', commitInterval: '1h' })
class Reporting extends Counting {
  @Handler(views)
  async count(how: string, { key }: Event<string, string>): Promise<void> {
    this.counts.update(key ?? '', (n) => n + 1);
    if (how === 'stays') await this.clock.sleep(60_000);
  }

  @Timer('10s', { per: counts })
  async flush(tick: PartitionTick): Promise<void> {
    this.ticks.push(tick);
    for await (const [key, n] of this.counts.entries()) {
      this.report.sendSoon({ key, value: n });
      this.counts.delete(key);
    }
    if (this.isFailing) throw new Error('no');
  }
}

const view = (key: string, value = '') => ({ key, value });
const reported = () => Object.fromEntries(app.sent(report).map(({ key, value }) => [key, value]));

describe.each(['at-least-once', 'exactly-once'] as const)('a timer of a table, %s,', (guarantee) => {
  const overrides = { guarantee } as const;

  it('is called for each part of it, and reads and writes that part', async () => {
    app = await TestApp.start(Reporting, { overrides, partitions: 4 });
    const keys = ['/a', '/b', '/c', '/d', '/e'];
    await app.send(
      views,
      keys.flatMap((key) => [view(key), view(key)]),
    );
    await app.advance('10s');
    expect(reported()).toEqual({ '/a': 2, '/b': 2, '/c': 2, '/d': 2, '/e': 2 });
    expect(app.table(counts).size).toBe(0);
    const { ticks } = app.get(Reporting);
    expect(new Set(ticks.map(({ time }) => time))).toEqual(new Set([app.clock.now()]));
    expect(new Set(ticks.map(({ partition }) => partition)).size).toBe(ticks.length);
  });

  it('keeps nothing and sends nothing of a call that fails, and is called again', async () => {
    app = await TestApp.start(Reporting, { overrides });
    await app.send(views, [view('/a'), view('/b')]);
    await app.settled();
    app.get(Reporting).isFailing = true;
    await app.advance('10s');
    expect([app.sent(report), app.table(counts).size]).toEqual([[], 2]);
    app.get(Reporting).isFailing = false;
    await app.advance('10s');
    expect(reported()).toEqual({ '/a': 1, '/b': 1 });
    expect(app.table(counts).size).toBe(0);
  });

  it('runs beside no handler of its partition: it waits for those that run, and no other begins', async () => {
    app = await TestApp.start(Reporting, { overrides });
    await app.advance('9s');
    await app.send(views, [view('/a', 'stays')]);
    await app.advance('500ms', { running: 1 });
    await app.send(views, [view('/b')]);
    await app.advance('2s', { running: 1 });
    expect(app.get(Reporting).ticks).toEqual([]);
    // A handler that takes long has the tick left out, and others go on.
    await app.advance('5m');
    expect(reported()).toEqual({ '/a': 1, '/b': 1 });
  });

  it('commits an offset of its partition with what it sends: that says whether it is still its own', async () => {
    @App({ id: 'reporting', commitInterval: '1h' })
    class Sending extends Counting {
      @Handler(views)
      count(): void {}

      @Timer('10s', { per: counts })
      tick({ partition }: PartitionTick): void {
        if (partition === 1) this.report.sendSoon({ key: 'tick', value: partition });
      }
    }
    const commits: Position[][] = [];
    const observers = [{ committed: ({ positions }: { readonly positions: readonly Position[] }) => void commits.push([...positions]) }];
    app = await TestApp.start(Sending, { overrides: { ...overrides, observers }, partitions: 2 });
    for (const partition of [0, 1]) await app.send(views, { ...view('/a'), partition });
    await app.settled();
    commits.length = 0;
    await app.advance('10s');
    expect(app.sent(report)).toHaveLength(1);
    expect(commits.flat().map(({ topic, partition }) => `${topic} ${partition}`)).toEqual(['views 1']);
  });

  it('is exact over a crash: what it took out of the table was sent, or is still in it', async () => {
    app = await TestApp.start(Reporting, { overrides });
    await app.send(views, [view('/a'), view('/a')]);
    await app.settled();
    await app.advance('10s');
    await app.crash();
    await app.restart();
    await app.send(views, [view('/a')]);
    await app.advance('10s');
    expect(app.table(counts).size).toBe(0);
    expect(app.sent(report).reduce((sum, { value }) => sum + value, 0)).toBe(3);
  });
});

describe('a timer', () => {
  it('cannot be of something that is no table', async () => {
    class Wrong {
      @Timer('1s', { per: views as never })
      tick(): void {}
    }
    @App({ id: 'wrong', providers: [Wrong] })
    class Bad {}
    await expect(TestApp.start(Bad)).rejects.toMatchObject({ message: expect.stringContaining('per is no table') });
  });
});
