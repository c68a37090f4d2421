import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, type Message, message, OnStop, Timer, type Topic, topic, Worker } from '@weir/core';
import { SystemClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';

type Mail = Message<string, unknown>;

const orders = topic('orders', { key: 'string', value: json<Mail>() });
const mails = topic('mails', { key: 'string', value: 'json' });
const copies = topic('copies', { key: 'string', value: 'json' });

let app: TestApp;
let worker: Worker | undefined;
afterEach(async () => {
  await app.stop();
  await worker?.stop();
  worker = undefined;
});

const begin = Date.parse('2000-01-01T12:00:00Z');
const minute = 60_000;
const at = (minutes: number) => begin + minutes * minute;

/** Sends what an order holds, in the way that its key names. */
@App({ id: 'shop', errors: { retry: { attempts: 0 } } })
class Shop {
  readonly positions: unknown[] = [];

  constructor(@Inject(mails) readonly mails: Topic<string, unknown>) {}

  @Handler(orders)
  async order(mail: Mail, { key }: Event<string>): Promise<void> {
    if (key === 'soon') this.mails.sendSoon(mail);
    else if (key === 'many') await this.mails.sendMany([mail, { ...mail, value: 'second' }]);
    else if (key === 'fails') this.mails.sendSoon(mail);
    else if (key !== 'copy') this.positions.push(await this.mails.send(mail));
    if (key === 'fails') throw new Error('refused');
  }

  @Handler(orders, { sinks: [copies] })
  copy(mail: Mail, { key }: Event<string>) {
    return key === 'copy' ? message({ value: mail.value, ...(mail.at !== undefined && { at: mail.at }) }) : undefined;
  }
}

const order = (key: string, ...all: Mail[]) =>
  app.send(
    orders,
    all.map((value) => ({ key, value })),
  );
const sent = () => app.sent(mails).map(({ key, value, timestamp }) => [key, value, (timestamp - begin) / minute]);
const values = () => app.sent(mails).map(({ value }) => value);

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
] as const)('a delayed message, %s, %s', (guarantee, store) => {
  const start = async (partitions = 1) => {
    app = await TestApp.start(Shop, { start: begin, partitions, overrides: { guarantee, store } });
  };

  it('goes to its topic when it is due and not before, by whichever call', async () => {
    await start();
    await order('send', { key: 'a', value: 1, at: at(2) });
    await order('soon', { key: 'b', value: 2, at: at(1) });
    await order('many', { key: 'c', value: 'first', at: at(3) });
    await order('copy', { value: 'copied', at: at(4) });
    await app.settled();
    expect([sent(), app.sent(copies)]).toEqual([[], []]);
    expect(app.get(Shop).positions).toEqual([{ topic: 'shop-delayed', partition: 0, offset: 0 }]);
    await app.advance('59999ms');
    expect(sent()).toEqual([]);
    await app.advance('10m');
    expect(sent()).toEqual([
      ['b', 2, 1],
      ['a', 1, 2],
      ['c', 'first', 3],
      ['c', 'second', 3],
    ]);
    expect(app.sent(copies)).toMatchObject([{ key: 'copy', value: 'copied', timestamp: at(4) }]);
  });

  it('goes at once where its time is over, and then the app has nothing of it', async () => {
    await start();
    await order('send', { key: 'a', value: 1, at: begin }, { key: 'a', value: 2, at: 0 }, { key: 'a', value: 3 });
    await app.settled();
    expect(values()).toEqual([1, 2, 3]);
    await app.advance('1m');
    expect(app.broker.topics()).toEqual(['copies', 'mails', 'orders', 'shop-dead-letters']);
  });

  it('keeps its bytes, its headers in their order, its partition and its timestamp', async () => {
    await start(3);
    const headers = [
      ['b', Buffer.from([0, 255])],
      ['a', null],
      ['b', ''],
    ] as const;
    await app.get(Shop).mails.send({ key: 'k', value: null, headers, partition: 2, timestamp: 17, at: new Date(at(1)) });
    await app.get(Shop).mails.send({ value: 'keyless', partition: 1, at: at(1) });
    await app.settled();
    await app.advance('2m');
    const [keyless, tombstone] = app.broker.messages('mails').toSorted((one, other) => one.partition - other.partition);
    expect(tombstone).toMatchObject({ value: null, partition: 2, timestamp: 17 });
    expect([String(tombstone.key), tombstone.headers]).toEqual([
      'k',
      headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]),
    ]);
    expect(keyless).toMatchObject({ key: null, partition: 1, headers: [], timestamp: at(1) });
  });

  it('comes in the order of the times, those of one time in the order in which they were sent, over restarts', async () => {
    await start();
    const all = Array.from({ length: 30 }, (_, index) => ({ key: 'k', value: index, at: at(index % 3 === 0 ? 1 : 2) }));
    await order('soon', ...all.slice(0, 12));
    await app.settled();
    await app.restart();
    await order('soon', ...all.slice(12, 20));
    await app.settled();
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await order('soon', ...all.slice(20));
    await app.advance('5m');
    const [early, late] = [all.filter((each) => each.at === at(1)), all.filter((each) => each.at === at(2))];
    expect(values()).toEqual([...early, ...late].map(({ value }) => value));
  });

  it('is sent when its worker was killed before it was due, and sent once when it was killed after', async () => {
    await start();
    await order('send', { key: 'a', value: 'early', at: at(1) }, { key: 'a', value: 'late', at: at(20) });
    await app.settled();
    await app.crash();
    app.clock.advanceTo(at(10));
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(sent()).toEqual([['a', 'early', 10]]);
    await app.crash();
    await app.restart();
    await app.advance('30m');
    expect(values()).toEqual(['early', 'late']);
  });

  it('is moved on by whichever worker is there', async () => {
    await start(4);
    const all = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, value: index, at: at(1 + index) }));
    await order('soon', ...all);
    await app.settled();
    const second = await app.join();
    await app.advance('5m');
    await app.crash();
    await app.advance('10m');
    await app.restart();
    await app.advance('1m');
    await second.stop();
    await app.advance('7m');
    expect(values()).toEqual(all.map(({ value }) => value));
  });

  it('is not there of an attempt that fails', async () => {
    await start();
    await order('fails', { key: 'a', value: 1, at: at(1) });
    await order('soon', { key: 'a', value: 2, at: at(1) });
    await app.advance('5m');
    expect(values()).toEqual([2]);
  });

  it('is sent once where the clock goes back', async () => {
    await start();
    await order('soon', { key: 'a', value: 1, at: at(1) }, { key: 'a', value: 2, at: at(3) });
    await app.advance('2m');
    const { clock } = app;
    const now = clock.now.bind(clock);
    clock.now = () => now() - 2 * minute;
    await app.advance('3m');
    expect(values()).toEqual([1]);
    await app.advance('5m');
    expect(values()).toEqual([1, 2]);
  });

  it('is set aside by the app where its topic does not take it, and keeps nobody else', async () => {
    await start();
    app.broker.faults.failProduce(({ topic: name, value }) => name === 'mails' && String(value) === '"bad"');
    await order('soon', { key: 'a', value: 'bad', at: at(1) }, { key: 'b', value: 'good', at: at(1) });
    await app.advance('10m');
    // Messages that were refused run again, at least once with those around them.
    expect(new Set(values())).toEqual(new Set(['good']));
    if (guarantee === 'exactly-once') expect(values()).toEqual(['good']);
    expect(app.deadLetters()).toMatchObject([{ agent: 'DelayedMessages.send', topic: 'waiting' }]);
  });

  it('is set aside by the app where its partition does not exist', async () => {
    await start();
    await order('soon', { key: 'a', value: 'nowhere', partition: 7, at: at(1) }, { key: 'a', value: 'good', at: at(1) });
    await app.advance('10m');
    expect(new Set(values())).toEqual(new Set(['good']));
    expect(app.deadLetters()).toMatchObject([{ agent: 'DelayedMessages.send', error: { code: 'DELIVERY_FAILED' } }]);
  });
});

describe('delayed messages', () => {
  it('of one time come in the order in which they were sent, also where their transaction is taken back', async () => {
    app = await TestApp.start(Shop, { start: begin, overrides: { guarantee: 'exactly-once' } });
    const all = Array.from({ length: 3_000 }, (_, index) => index);
    await app.send(
      mails,
      all.map((value) => ({ key: 'k', value, at: at(1) })),
    );
    await app.advance('30s');
    let left = 1;
    app.broker.faults.failProduce(({ topic: name, value }) => name === 'mails' && String(value) === '700' && left-- > 0);
    await app.advance('1m');
    expect(values()).toEqual(all);
  });

  it('of one time come in the order in which they were sent, also those that nobody has read when it is over', async () => {
    app = await TestApp.start(Shop, { start: begin, overrides: { guarantee: 'exactly-once' } });
    const all = Array.from({ length: 6_000 }, (_, index) => index);
    const write = (some: readonly number[]) =>
      app.send(
        mails,
        some.map((value) => ({ key: 'k', value, at: at(1) })),
      );
    await write(all.slice(0, 4_000));
    await app.advance('30s');
    await app.crash();
    await write(all.slice(4_000));
    app.clock.advanceTo(at(2));
    await app.restart();
    await app.advance('1m');
    expect(values()).toEqual(all);
  });

  it('are moved on, too, that somebody else has sent', async () => {
    app = await TestApp.start(Shop, { start: begin });
    await app.send(mails, { key: 'a', value: 1, at: at(1) });
    await app.advance('90s');
    expect(sent()).toEqual([['a', 1, 1]]);
  });

  it('may be sent by a timer, and while the worker stops: the next one moves them on', async () => {
    @App({ id: 'shop' })
    class Ticking {
      constructor(@Inject(mails) private readonly mails: Topic<string, unknown>) {}
      @Timer('1h')
      async tick(): Promise<void> {
        await this.mails.send({ key: 'k', value: 'ticked', at: at(61) });
      }
      @OnStop()
      async stop(): Promise<void> {
        await this.mails.send({ key: 'k', value: 'stopped', at: at(62) });
      }
    }
    app = await TestApp.start(Ticking, { start: begin });
    await app.restart();
    expect(app.broker.topics()).toEqual(['mails', 'shop-delayed']);
    await app.advance('65m');
    expect(sent()).toEqual([
      ['k', 'ticked', 61],
      ['k', 'stopped', 62],
    ]);
  });

  it('are those of all versions of an app', async () => {
    @App({ id: 'shop', version: 2 })
    class Newer {
      @Handler(mails)
      read(): void {}
    }
    app = await TestApp.start(Shop, { start: begin });
    await order('soon', { key: 'a', value: 1, at: at(20) });
    await app.settled();
    await app.restart({ app: Newer });
    await app.advance('30m');
    expect(sent()).toEqual([['a', 1, 20]]);
  });

  it('stand in topics that patterns of the app do not match, and that it may not read or write by name', async () => {
    const seen: string[] = [];
    @App({ id: 'shop' })
    class Watching {
      constructor(@Inject(mails) readonly mails: Topic<string, unknown>) {}
      @Handler(topic(/.*/, { key: 'raw', value: 'raw' }))
      see(_: unknown, { topic: name }: Event): void {
        seen.push(name);
      }
    }
    app = await TestApp.start(Watching, { start: begin });
    await app.get(Watching).mails.send({ key: 'a', value: 1, at: at(1) });
    await app.advance('10m');
    expect(seen).toEqual(['mails']);

    @App({ id: 'shop' })
    class Meddling {
      @Handler(topic('shop-delayed', { value: 'raw' }), { sinks: [topic('shop-delayed-waiting-changelog', { value: 'raw' })] })
      see(value: Buffer | null): Buffer | null {
        return value;
      }
    }
    await expect(TestApp.start(Meddling)).rejects.toMatchObject({
      faults: [
        { where: 'Meddling', member: 'see', problem: "it reads 'shop-delayed', where delayed messages of the app wait" },
        { where: 'Meddling', member: 'see', problem: "it writes 'shop-delayed-waiting-changelog', where delayed messages of the app wait" },
      ],
    });
  });

  it('are refused by name where the worker creates no topics and theirs are missing, and sent once they are there', async () => {
    const broker = new MemoryBroker({ clock: new SystemClock() });
    for (const name of ['orders', 'mails', 'copies', 'shop-dead-letters']) broker.createTopic({ name, partitions: 1 });
    const logger = pino({ level: 'silent' });
    worker = await Worker.start(Shop, { transport: broker.transport(), environment: {}, logger, topics: 'verify' });
    const shop = worker.get(Shop);
    const send = () => shop.mails.send({ key: 'a', value: 1, at: Date.now() + 1_000_000 });
    await expect(send()).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      cause: { code: 'TOPIC_MISSING' },
      message: expect.stringMatching(/are missing: shop-delayed, shop-delayed-waiting-changelog,.*weir topics apply --delayed/),
    });
    expect(broker.topics()).not.toContain('shop-delayed');
    const changelog = { 'cleanup.policy': 'compact', 'segment.bytes': '67108864', 'min.cleanable.dirty.ratio': '0.2' };
    broker.createTopic({ name: 'shop-delayed', partitions: 1, config: { 'retention.ms': '-1', 'max.message.bytes': '1150000' } });
    broker.createTopic({
      name: 'shop-delayed-waiting-changelog',
      partitions: 1,
      config: { ...changelog, 'delete.retention.ms': '604800000', 'message.timestamp.after.max.ms': '9223372036854775807' },
    });
    await expect(send()).resolves.toMatchObject({ topic: 'shop-delayed', offset: 0 });
    await worker.stop();
    await worker.finished;
  });

  it('end the worker where they cannot be moved on', async () => {
    const broker = new MemoryBroker({ clock: new SystemClock() });
    broker.createTopic({ name: 'shop-delayed', partitions: 1 });
    broker.createTopic({ name: 'shop-delayed-waiting-changelog', partitions: 1, config: { 'cleanup.policy': 'delete' } });
    const logger = pino({ level: 'silent' });
    worker = await Worker.start(Shop, { transport: broker.transport(), environment: {}, logger });
    await expect(worker.finished).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
      message: expect.stringContaining('shop-delayed-waiting'),
    });
  });
});
