import { beforeEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, join, type Schedule, schedule, table, topic, type WindowedTable, Worker } from '@weir/core';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';

const views = topic('views', { key: 'string', value: 'string' });
const likes = topic('likes', { key: 'string', value: 'string' });
const perMinute = table('per-minute', { key: 'string', value: 'long', default: 0 }).tumbling('1m', { keep: '1h' });
const timers = schedule('reminders', { key: 'string', value: 'string' });
const both = join(views, likes, { within: '1m' });
const start = Date.parse('2026-01-01T12:00:00Z');

@App({ id: 'shop', broker: 'kafka://declared:9092' })
class Shop {
  static seen: () => void;

  constructor(
    @Inject(perMinute) private readonly perMinute: WindowedTable<string, number>,
    @Inject(timers) private readonly reminders: Schedule<string, string>,
  ) {}

  @Handler(views)
  count(value: string, { key }: Event): void {
    this.perMinute.update(String(key), (n) => n + 1);
    this.reminders.at(start + 1e12, String(key), value);
    Shop.seen();
  }

  @Handler(perMinute.closed)
  closed(): void {}

  @Handler(both)
  pair(): void {}
}

let shell: FakeShell;
beforeEach(async () => {
  shell = new FakeShell();
  let left = 3;
  const done = new Promise<void>((resolve) => {
    Shop.seen = () => --left === 0 && resolve();
  });
  const worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {} });
  const producer = await shell.broker.transport().producer();
  for (const [key, seconds] of [
    ['/a', 1],
    ['/a', 2],
    ['/a', 70],
  ] as const)
    await producer.send({ topic: 'views', key, value: 'v', timestamp: start + seconds * 1_000 });
  await done;
  await worker.stop();
});

const weir = (...args: string[]) => run(['tables', ...args], Shop, shell);

describe('weir tables, of what goes by time', () => {
  it('prints the windows of a key, and lists those of all', async () => {
    expect(await weir('get', 'per-minute', '/a', '--json')).toBe(0);
    expect(await weir('scan', 'per-minute')).toBe(0);
    const [got, ...scanned] = shell.json() as { value: unknown; key: unknown }[];
    expect(got.value).toEqual([
      { start, end: start + 60_000, isClosed: expect.any(Boolean), value: 2 },
      { start: start + 60_000, end: start + 120_000, isClosed: false, value: 1 },
    ]);
    expect(scanned.map(({ key, value }) => [key, value])).toEqual([
      [{ key: '/a', start, end: start + 60_000 }, 2],
      [{ key: '/a', start: start + 60_000, end: start + 120_000 }, 1],
    ]);
    expect(await weir('get', 'per-minute', '/b')).toBe(1);
  });

  it('prints the timer of a key, and refuses what waits for a join', async () => {
    expect(await weir('get', 'reminders', '/a')).toBe(0);
    expect(shell.json()).toEqual([{ due: start + 1e12, value: 'v' }]);
    expect(await weir('scan', both.name)).toBe(2);
    expect(await weir('get', both.name, '/a')).toBe(2);
    expect(shell.err.text).toContain('holds what waits for a join');
  });
});

describe('weir explain window', () => {
  it('tells what a window has, whether it takes events, and how far the watermark has come', async () => {
    const explain = (...args: string[]) => run(['explain', 'window', 'per-minute', ...args], Shop, shell);
    expect(await explain('/a', '2026-01-01T12:01:30Z', '--json')).toBe(0);
    const [told] = shell.json();
    // Nothing of likes has come: it holds the watermark.
    expect(told).not.toHaveProperty('watermark');
    expect(told).toMatchObject({
      ...{ table: 'per-minute', key: '/a', partition: 0 },
      topics: [{ topic: 'likes' }, { topic: 'views', time: start + 70_000 }],
      windows: [{ start: start + 60_000, end: start + 120_000, closesAt: start + 120_000, state: 'open', value: 1 }],
    });
    expect(await explain('/a', String(start + 300_000))).toBe(0);
    expect(shell.out.text).toContain('has nothing, and takes events until 2026-01-01T12:06:00.000Z');
    expect(await explain('/a', 'yesterday')).toBe(2);
    expect(await run(['explain', 'window', 'reminders', '/a', '0'], Shop, shell)).toBe(2);
    expect(shell.err.text).toContain('reminders has no windows');
  });
});
