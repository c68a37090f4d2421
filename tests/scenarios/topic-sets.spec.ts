import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, type Table, table, topic } from '@weir/core';
import { Worker } from '@weir/core/internal/app';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';

const views = topic('views', { key: 'string', value: json<number>() });
const likes = topic('likes', { key: 'string', value: json<number>() });
const visits = topic('visits', { key: 'string', value: json<number>() });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

/** Topics apart. */
@App({ id: 'site' })
class Apart {
  readonly seen: string[] = [];
  @Handler(views)
  view(value: number): void {
    this.seen.push(`view ${value}`);
  }
  @Handler(likes)
  like(value: number): void {
    this.seen.push(`like ${value}`);
  }
}

/** The same topics feed one table: they are a set, and `likes` leads. */
@App({ id: 'site' })
class Together {
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}
  @Handler(views)
  view(_: number, { key }: Event<string>): void {
    this.counts.update(key ?? '', (n) => n + 1);
  }
  @Handler(likes)
  like(_: number, { key }: Event<string>): void {
    this.counts.update(key ?? '', (n) => n + 100);
  }
}

/** One topic more, which nobody has read before. */
@App({ id: 'site' })
class More extends Together {
  @Handler(visits)
  visit(_: number, { key }: Event<string>): void {
    this.counts.update(key ?? '', (n) => n + 10_000);
  }
}

let app: TestApp;
const others: Worker[] = [];

afterEach(async () => {
  await Promise.all(others.splice(0).map((worker) => worker.stop()));
  await app.stop();
});

/** A worker of another release, beside those of `app`. */
async function release(appClass: new (...args: never[]) => object, log: string[] = []): Promise<Worker> {
  const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push((JSON.parse(line) as { msg: string }).msg) });
  const worker = await Worker.start(appClass, { transport: app.broker.transport(), clock: app.clock, environment: {}, logger });
  others.push(worker);
  return worker;
}

const outcome = (starting: Promise<unknown>) =>
  starting.then(
    () => 'started',
    (error: { readonly code: string; readonly message: string }) => error,
  );
const each = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `/${index}`, value: index }));

/** Has workers of a release run, and what they have read committed. */
async function begun(appClass: new (...args: never[]) => object): Promise<void> {
  app = await TestApp.start(appClass, { partitions: 4 });
  await app.send(views, each(20));
  await app.send(likes, each(20));
  await app.settled();
}

describe('a release in which other topics share tables', () => {
  it.each([
    ['apart', 'together', Apart, Together, 'one: views (there: alone; here: likes + views).'],
    ['together', 'apart', Together, Apart, 'one: likes (there: likes + views; here: alone), views (there: likes + views; here: alone).'],
  ] as const)('does not start beside workers that keep them %s where it keeps them %s', async (_, __, before, after, named) => {
    await begun(before);
    const log: string[] = [];
    const starting = outcome(release(after, log));
    await app.advance('30s');
    expect(log).toEqual([expect.stringContaining('waiting for up to')]);
    await app.advance('31s');
    expect(await starting).toMatchObject({
      code: 'TOPIC_SETS_CHANGED',
      message: expect.stringContaining(`${named} Stop all workers first`),
    });
  });

  it('starts as soon as they have stopped: a rolling deployment counts nothing twice', async () => {
    await begun(Apart);
    const second = await app.join();
    const starting = outcome(release(Together));
    await app.advance('10s');
    await app.send(views, each(5));
    await second.stop();
    await app.advance('5s');
    expect(await Promise.race([starting, 'waits'])).toBe('waits');
    await app.crash();
    await app.advance('5s');
    expect(await starting).toBe('started');
    await app.send(views, [{ key: '/7', value: 0 }]);
    await app.advance('5s');
    expect(Object.fromEntries(app.table(counts).entries())).toEqual({ '/7': 1 });
  });

  it.each([
    ['apart', 'together', Apart, Together],
    ['together', 'apart', Together, Apart],
  ] as const)('is taken where no worker runs, and written anew: %s, then %s', async (_, __, before, after) => {
    await begun(before);
    await app.stop();
    const first = await release(after);
    const log: string[] = [];
    // All of a deployment start at once: the first has not committed yet.
    const starting = outcome(release(after, log));
    for (let seconds = 0; seconds < 10; seconds++) {
      for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
      app.clock.advanceTo(app.clock.now() + 1_000);
    }
    expect(log).toEqual([expect.stringContaining('waiting for up to')]);
    expect(await starting).toBe('started');
    expect(first.stream.failure).toBeUndefined();
  });

  it('starts beside others where it reads a topic more that nobody has read, and the lead stays', async () => {
    await begun(Together);
    await release(More);
    await app.send(visits, each(20));
    await app.advance('5s');
    expect(await outcome(release(More))).toBe('started');
  });
});

describe('topics that share a table', () => {
  it('end their workers when one that follows gets more partitions: nobody would read them', async () => {
    await begun(Together);
    app.broker.growTopic('views', 5);
    await expect(app.advance('30s')).rejects.toMatchObject({ code: 'PARTITIONS_CHANGED', message: expect.stringContaining('views (5)') });
  });

  it('end their workers when one that follows was deleted', async () => {
    await begun(Together);
    app.broker.deleteTopic('views');
    await expect(app.advance('30s')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('are read on when one that follows was deleted and made anew', async () => {
    await begun(Together);
    app.broker.deleteTopic('views');
    app.broker.createTopic({ name: 'views', partitions: 4 });
    await app.advance('15s');
    await app.send(views, each(20));
    await app.advance('15s');
    expect(app.table(counts).get('/7')).toBe(102);
  });
});
