import { describe, expect, it } from '@jest/globals';
import type { DriverProducer } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { KafkaProducer } from '../producer/producer.js';
import { silent } from '../silent.fixture.js';
import { FakeAddon } from './addon.fixture.js';
import { FastGear } from './fast-gear.js';

describe('one gear for everything', () => {
  it('collects what is appended until it is handed over', () => {
    const { producer, addon, values } = make();
    producer.append('t', 'k', 'a');
    producer.append('t', null, 'b', 3, 17);
    expect(values()).toEqual([]);
    producer.handOver();
    expect(values()).toEqual(['a', 'b']);
    expect(addon.calls).toBe(1);
  });

  it('keeps the order of append and send, with and without headers, and hands sends over by itself', async () => {
    const { producer, values } = make();
    producer.append('t', null, 'a');
    void producer.send({ topic: 't', key: null, value: 'b' });
    producer.append('t', null, 'c', undefined, undefined, [['h', Buffer.from('1')]]);
    producer.append('t', null, 'd');
    await turn();
    expect(values()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('tells each send where its message went, without a flush', async () => {
    const { producer, addon } = make();
    const sendings = ['a', 'b'].map((value) => producer.send({ topic: 't', key: null, value }));
    await turn();
    addon.report(2, 0, 1, 8);
    addon.report(1, 0, 3, 7);
    addon.wake();
    expect(await Promise.all(sendings)).toEqual([
      { topic: 't', partition: 3, offset: 7 },
      { topic: 't', partition: 1, offset: 8 },
    ]);
  });

  it('flushes what is not handed over yet', async () => {
    const { producer, values, driver } = make();
    producer.append('t', null, 'a');
    const flushing = producer.flush();
    expect(values()).toEqual(['a']);
    driver.flushed();
    await flushing;
  });

  it('ends no flush before the client has everything', async () => {
    const { producer, values, driver, addon } = make();
    addon.isQueueFull = true;
    driver.flushesAtOnce = true;
    producer.append('t', null, 'a');
    let isFlushed = false;
    const flushing = producer.flush().then(() => {
      isFlushed = true;
    });
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(isFlushed).toBe(false);
    addon.makeRoom();
    await flushing;
    expect(values()).toEqual(['a']);
  });

  it('keeps the order when the queue is full, asks for patience and goes on', async () => {
    const { producer, addon, values, clock } = make();
    addon.room = 1;
    for (const value of ['a', 'b', 'c']) producer.append('t', null, value);
    producer.handOver();
    expect([producer.isFull, values()]).toEqual([true, []]);
    void producer.send({ topic: 't', key: null, value: 'd' });
    producer.append('t', null, 'x'.repeat(100_000));
    addon.room = 100;
    await clock.advance(10);
    expect(values().map((value) => value?.slice(0, 1))).toEqual(['a', 'b', 'c', 'd', 'x']);
    expect(producer.isFull).toBe(false);
  });

  it('refuses a partition that is none', async () => {
    const { producer, values } = make();
    for (const partition of [-1, 1.5, 2 ** 32]) expect(() => producer.append('t', null, 'a', partition)).toThrow('a whole number from 0');
    await turn();
    expect(values()).toEqual([]);
  });
});

describe('failed deliveries of the one gear', () => {
  it('come out at the next flush, once, named as they were written', async () => {
    const { producer, addon, driver } = make();
    producer.append('t', 'k', 'a', 1);
    const flushing = producer.flush();
    addon.report(0, codes.messageTooLarge, 1, -1, 't', Buffer.from('k'), Buffer.from('a'));
    driver.flushed();
    await expect(flushing).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      failures: [{ message: { topic: 't', partition: 1, key: Buffer.from('k'), value: Buffer.from('a') } }],
    });
    await producer.flush();
  });

  it('come out also for what the client does not even take', async () => {
    const { producer, addon, driver } = make();
    addon.refuses.set('bad', codes.unknownPartition);
    producer.append('t', null, 'bad');
    const sending = producer.send({ topic: 't', key: null, value: 'bad' });
    await expect(sending).rejects.toMatchObject({ code: 'DELIVERY_FAILED' });
    const flushing = producer.flush();
    driver.flushed();
    await expect(flushing).rejects.toMatchObject({ failures: [{ message: { value: Buffer.from('bad') } }] });
  });

  it('are left to whoever looks at the send', async () => {
    const { producer, addon, driver } = make();
    const seen = producer.send({ topic: 't', key: null, value: 'seen' }).catch((error) => error.code);
    void producer.send({ topic: 't', key: null, value: 'unseen' });
    await turn();
    addon.report(1, codes.messageTooLarge, 0, -1);
    addon.report(2, codes.messageTooLarge, 0, -1);
    addon.wake();
    expect(await seen).toBe('DELIVERY_FAILED');
    const flushing = producer.flush();
    driver.flushed();
    await expect(flushing).rejects.toMatchObject({ failures: [{ message: { value: 'unseen' } }] });
  });
});

describe('closing the one gear', () => {
  it('tells who waits, also for a report that never comes, and lets go of the addon', async () => {
    const { producer, addon, clock } = make();
    const sending = producer.send({ topic: 't', key: null, value: 'a' }).catch((error) => error.code);
    const closing = producer.close();
    await turn();
    await clock.advance(10_000);
    await closing;
    expect(await sending).toBe('DELIVERY_FAILED');
    expect(addon.isForgotten).toBe(true);
  });

  it('gives the client nothing more, also of what waits for room', async () => {
    const { producer, addon, clock, values } = make();
    addon.isQueueFull = true;
    producer.append('t', null, 'a');
    producer.handOver();
    const closing = producer.close();
    await turn();
    await clock.advance(10_000);
    await closing;
    addon.makeRoom();
    expect(values()).toEqual([]);
  });

  it('takes what the broker said until the last moment', async () => {
    const { producer, addon, clock } = make();
    const sending = producer.send({ topic: 't', key: null, value: 'a' });
    const closing = producer.close();
    await turn();
    addon.report(1, 0, 0, 5);
    await clock.advance(10_000);
    await closing;
    expect(await sending).toMatchObject({ offset: 5 });
  });
});

describe('a transaction in the one gear', () => {
  it('takes nothing outside of it, and forgets what was collected when it is aborted', async () => {
    const { producer, values, driver } = make({ isTransactional: true });
    expect(() => producer.append('t', null, 'a')).toThrow('call begin first');
    await producer.transactions!.begin();
    producer.append('t', null, 'b');
    driver.flushesAtOnce = true;
    await producer.transactions!.abort();
    await producer.transactions!.begin();
    producer.append('t', null, 'c');
    producer.handOver();
    expect(values()).toEqual(['c']);
  });

  it('takes back what the client has no room for when it is aborted', async () => {
    const { producer, values, driver, addon } = make({ isTransactional: true });
    driver.flushesAtOnce = true;
    await producer.transactions!.begin();
    addon.isQueueFull = true;
    const sending = producer.send({ topic: 't', key: null, value: 'a' }).catch((error) => error.code);
    await turn();
    await producer.transactions!.abort();
    expect(await sending).toBe('TRANSACTION_ABORTED');
    addon.makeRoom();
    expect(values()).toEqual([]);
  });
});

/** A driver's producer that only flushes. */
class FakeDriver {
  flushesAtOnce = false;
  #flushing: ((error?: unknown) => void)[] = [];

  flush(_ms: number, done: () => void): void {
    if (this.flushesAtOnce) done();
    else this.#flushing.push(done);
  }

  /** The broker has answered: a flush ends, one that comes to the driver later, too. */
  flushed(): void {
    this.flushesAtOnce = true;
    for (const done of this.#flushing.splice(0)) done();
  }

  beginTransaction(done: () => void): void {
    done();
  }

  abortTransaction(_ms: number, done: () => void): void {
    done();
  }

  isConnected(): boolean {
    return false;
  }
}

function make({ isTransactional = false } = {}) {
  const addon = new FakeAddon();
  const clock = new ManualClock();
  const driver = new FakeDriver();
  const producer = new KafkaProducer({
    clock,
    logger: silent,
    messageMaxBytes: 1_000_000,
    isTransactional,
    closed: () => undefined,
    first: (events) => new FastGear({ ...events, driver: driver as unknown as DriverProducer, attached: { addon, number: 0 } }),
    openReporting: () => Promise.reject(new Error('there is only one gear')),
  });
  return { producer, addon, clock, driver, values: () => addon.written.map(({ value }) => value) };
}
