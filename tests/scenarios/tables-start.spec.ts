import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { logsNote, readLogs } from '@weir/core/internal/positions';
import { TestApp } from '@weir/testing';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

let app: TestApp;
afterEach(() => app?.stop());

@App({ id: 'counting', errors: { retry: { attempts: 0 } } })
class Counting {
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}
  @Handler(views)
  count(_: string, { key }: Event<string, string>): void {
    this.counts.update(key ?? '', (n) => n + 1);
  }
}

function long(n: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(n));
  return bytes;
}

async function changelogHolds(key: string, value: Buffer | string): Promise<void> {
  const producer = await app.broker.transport().producer();
  await producer.send({ topic: 'counting-counts-changelog', key, value });
  await producer.close();
}

describe('an app with tables', () => {
  it('makes a changelog with as many partitions as the topics that feed it, compacted', async () => {
    app = await TestApp.start(Counting, { partitions: 5 });
    const admin = await app.broker.transport().admin();
    expect(await admin.describe(['counting-counts-changelog'])).toEqual([{ name: 'counting-counts-changelog', partitions: 5 }]);
  });

  // A group whose offsets had expired counted everything a second time.
  it('does not start where its tables hold something and its group has no offsets', async () => {
    app = await TestApp.start(Counting);
    await changelogHolds('/a', long(5));
    await app.restart();
    await expect(app.settled()).rejects.toMatchObject({
      code: 'STATE_WITHOUT_OFFSETS',
      message: expect.stringContaining('--accept-reset'),
    });
  });

  it('counts on top of what is there when it is told to', async () => {
    app = await TestApp.start(Counting, { overrides: { acceptReset: true } });
    await changelogHolds('/a', long(5));
    await app.restart();
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    expect(app.table(counts).get('/a')).toBe(6);
  });

  // What was counted before was missing in silence, whether the table was in memory or on disk.
  it.each([
    ['memory://', 'at-least-once'],
    ['level://', 'at-least-once'],
    ['memory://', 'exactly-once'],
  ] as const)('does not start where a changelog was deleted, and its group still has the offsets, %s, %s', async (store, guarantee) => {
    app = await TestApp.start(Counting, { overrides: { store, guarantee } });
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    await app.restart();
    await app.settled();
    await app.crash();
    app.broker.deleteTopic('counting-counts-changelog');
    await app.restart();
    await expect(app.settled()).rejects.toMatchObject({
      code: 'CHANGELOG_REPLACED',
      message: expect.stringMatching(/counting-counts-changelog was deleted and made anew.*views\[0\].*weir reset.*--accept-reset/),
    });
  });

  it('goes on with the new changelog when it is told to, and notes that one', async () => {
    app = await TestApp.start(Counting, { overrides: { acceptReset: true } });
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    await app.crash();
    app.broker.deleteTopic('counting-counts-changelog');
    await app.restart();
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    expect(app.table(counts).get('/a')).toBe(1);
    const consumer = await app.broker.transport().consumer({ group: 'counting' });
    const [{ metadata }] = await consumer.committed([{ topic: 'views', partition: 0 }]);
    const admin = await app.broker.transport().admin();
    expect(readLogs(metadata)).toBe(logsNote(await admin.topicIds(['counting-counts-changelog'])));
    await consumer.close();
  });

  it('begins empty with a table that is new in it', async () => {
    const seen = table('seen', { key: 'string', value: 'long', default: 0 });
    @App({ id: 'counting' })
    class Later {
      constructor(
        @Inject(counts) readonly counts: Table<string, number>,
        @Inject(seen) readonly seen: Table<string, number>,
      ) {}
      @Handler(views)
      count(_: string, { key }: Event<string, string>): void {
        this.counts.update(key ?? '', (n) => n + 1);
        this.seen.update(key ?? '', (n) => n + 1);
      }
    }
    app = await TestApp.start(Counting);
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    await app.crash();
    const worker = await Worker.start(Later, { transport: app.broker.transport(), clock: app.clock, environment: {} });
    await app.send(views, { key: '/a', value: '' });
    await app.advance('10s');
    expect([app.table(counts).get('/a'), app.table(seen).get('/a')]).toEqual([2, 1]);
    await worker.stop();
  });

  it('keeps the state of each of its versions to itself', async () => {
    app = await TestApp.start(Counting, { overrides: { version: 2 } });
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    expect(app.broker.topics()).toContain('counting-v2-counts-changelog');
    expect(app.table(counts).get('/a')).toBe(1);
  });

  it('names table and key of a value that it cannot read, and only the event that needs it fails', async () => {
    app = await TestApp.start(Counting, { overrides: { acceptReset: true } });
    await changelogHolds('/a', 'not a number');
    await changelogHolds('/b', long(7));
    await app.restart();
    await app.send(views, [
      { key: '/a', value: '' },
      { key: '/b', value: '' },
    ]);
    await app.settled();
    expect(app.deadLetters()).toMatchObject([
      { offset: 0, error: { code: 'STATE_UNREADABLE', message: expect.stringContaining('counts') } },
    ]);
    expect(app.table(counts).get('/b')).toBe(8);
  });

  it('does not start on notes that a newer version has left beside its offsets', async () => {
    app = await TestApp.start(Counting);
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    await app.crash();
    const consumer = await app.broker.transport().consumer({ group: 'counting' });
    await consumer.commit([{ topic: 'views', partition: 0, offset: 1, metadata: '{"v":2}' }]);
    await consumer.close();
    await app.restart();
    await expect(app.settled()).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
  });
});

describe('a topic that feeds tables', () => {
  // Producers scatter old keys over the new partitions, whose shards are empty: the counts were wrong in silence.
  it('ends the worker when it gets more partitions, before an event of these is handled', async () => {
    app = await TestApp.start(Counting, { partitions: 2 });
    await app.send(views, { key: '/a', value: '' });
    await app.settled();
    app.broker.growTopic('views', 3);
    await app.send(views, { key: '/a', value: '', partition: 2 });
    await expect(app.advance('10m')).rejects.toMatchObject({ code: 'PARTITIONS_CHANGED' });
    expect(app.table(counts).get('/a')).toBe(1);
  });
});

describe('topics that feed one table', () => {
  const likes = topic('likes', { key: 'string', value: 'string' });

  @App({ id: 'both' })
  class Both {
    constructor(@Inject(counts) readonly counts: Table<string, number>) {}
    @Handler(views)
    view(_: string, { key }: Event<string, string>): void {
      this.counts.update(key ?? '', (n) => n + 1);
    }
    @Handler(likes)
    like(_: string, { key }: Event<string, string>): void {
      this.counts.update(key ?? '', (n) => n + 100);
    }
  }

  const each = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `/${index % 10}`, value: '' }));

  it.each(['at-least-once', 'exactly-once'] as const)('are assigned together, %s: each worker has both of a number', async (guarantee) => {
    app = await TestApp.start(Both, { partitions: 4, overrides: { guarantee } });
    await app.send(views, each(20));
    await app.settled();
    const second = await app.join();
    await app.send(likes, each(30));
    await app.advance('1m');
    await second.crash();
    await app.send(views, each(10));
    await app.advance('1m');
    expect(Object.fromEntries(app.table(counts).entries())).toEqual(
      Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`/${index}`, 303])),
    );
  });

  it('must have the same number of partitions: the fault names both, and both numbers', async () => {
    const narrow = topic('narrow', { key: 'string', value: 'string', partitions: 2 });
    @App({ id: 'uneven' })
    class Uneven {
      constructor(@Inject(counts) readonly counts: Table<string, number>) {}
      @Handler(views)
      view(): void {
        this.counts.get('a');
      }
      @Handler(narrow)
      other(): void {
        this.counts.get('a');
      }
    }
    await expect(TestApp.start(Uneven, { partitions: 3 })).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
      message: expect.stringMatching(/narrow has 2 and views has 3/),
    });
  });
});
