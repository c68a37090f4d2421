import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { DriverProducer, DriverReport } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { silent } from '../silent.fixture.js';
import { DriverGear } from './gear.js';
import { KafkaProducer } from './producer.js';

describe('the two gears', () => {
  it('appends through the hot gear, without a report', async () => {
    const { producer, written } = make();
    producer.append('t', 'k', 'a');
    producer.append('t', null, null, 3, 17);
    expect(written).toEqual(['hot a', 'hot null']);
  });

  it('lets a send wait until the hot gear is empty, and what is appended meanwhile wait behind it', async () => {
    const { producer, written, hot } = make();
    producer.append('t', null, 'a');
    const sending = producer.send({ topic: 't', key: null, value: 'b' });
    producer.append('t', null, 'c');
    await turn();
    expect(written).toEqual(['hot a']);
    hot.flushed();
    await turn();
    expect(written).toEqual(['hot a', 'reporting b', 'reporting c']);
    void sending;
  });

  it('goes on reporting while a report is outstanding, and hot again after the last', async () => {
    const { producer, written, reporting } = make();
    const sending = producer.send({ topic: 't', key: null, value: 'a' });
    await turn();
    producer.append('t', null, 'b');
    reporting.report();
    reporting.report();
    producer.append('t', null, 'c');
    expect(await sending).toEqual({ topic: 't', partition: 0, offset: 0 });
    expect(written).toEqual(['reporting a', 'reporting b', 'hot c']);
  });

  it('flushes both, and holds what comes after until then', async () => {
    const { producer, written, hot } = make();
    producer.append('t', null, 'a');
    let isFlushed = false;
    const flushing = producer.flush().then(() => {
      isFlushed = true;
    });
    producer.append('t', null, 'b');
    await turn();
    expect([written, isFlushed]).toEqual([['hot a'], false]);
    hot.flushed();
    await flushing;
    expect(written).toEqual(['hot a', 'hot b']);
  });

  it('waits on while the driver says that the flush takes longer', async () => {
    const { producer, hot } = make();
    producer.append('t', null, 'a');
    const flushing = producer.flush();
    hot.flushed({ code: codes.timedOut });
    await turn();
    hot.flushed();
    await flushing;
  });
});

describe('failed deliveries', () => {
  it('reports what the broker refused at the next flush, once', async () => {
    const { producer, hot } = make();
    producer.append('t', 'k', 'a');
    hot.fail({ topic: 't', partition: 1, offset: -1, key: Buffer.from('k'), value: Buffer.from('a') });
    hot.flushesAtOnce = true;
    await expect(producer.flush()).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      failures: [{ message: { topic: 't', key: Buffer.from('k'), value: Buffer.from('a') } }],
    });
    await producer.flush();
  });

  it('leaves a failed send to whoever looks at it, and counts one that nobody looks at', async () => {
    const { producer, reporting } = make();
    const seen = producer.send({ topic: 't', key: null, value: 'seen' }).catch((error) => error.code);
    void producer.send({ topic: 't', key: null, value: 'unseen' });
    await turn();
    reporting.report({ message: 'too large', code: codes.messageTooLarge });
    reporting.report({ message: 'too large', code: codes.messageTooLarge });
    expect(await seen).toBe('DELIVERY_FAILED');
    await expect(producer.flush()).rejects.toMatchObject({ failures: [{ message: { value: 'unseen' } }] });
  });

  it('counts a send as seen that is looked at between its failure and the flush', async () => {
    const { producer, reporting } = make();
    const sending = producer.send({ topic: 't', key: null, value: 'a' });
    await turn();
    reporting.report({ message: 'no', code: codes.messageTooLarge });
    await turn();
    await expect(sending).rejects.toMatchObject({ code: 'DELIVERY_FAILED' });
    await producer.flush();
  });

  it('refuses at once what the client would never send', async () => {
    const { producer, written } = make({ messageMaxBytes: 10 });
    expect(() => producer.append('t', null, 'more than ten bytes', undefined, undefined, [['h', Buffer.from('1')]])).toThrow(
      'message.max.bytes',
    );
    await expect(producer.send({ topic: 't', key: null, value: 'more than ten bytes' })).rejects.toMatchObject({ code: 'DELIVERY_FAILED' });
    expect(written).toEqual([]);
  });
});

describe('a full queue', () => {
  it('keeps the order, asks for patience and goes on when there is room', async () => {
    const { producer, written, hot, clock } = make();
    hot.isFull = true;
    producer.append('t', null, 'a');
    producer.append('t', null, 'b');
    expect([producer.isFull, written]).toEqual([true, []]);
    let isDrained = false;
    const draining = producer.drained().then(() => {
      isDrained = true;
    });
    await clock.advance(10);
    expect(isDrained).toBe(false);
    hot.isFull = false;
    await clock.advance(10);
    await draining;
    expect([producer.isFull, written]).toEqual([false, ['hot a', 'hot b']]);
  });
});

describe('closing', () => {
  it('gives up after a while, tells who waits, and takes nothing more', async () => {
    const { producer, clock, hot } = make();
    producer.append('t', null, 'a');
    const sending = producer.send({ topic: 't', key: null, value: 'b' }).catch((error) => error.code);
    const closing = producer.close();
    await turn();
    await clock.advance(10_000);
    hot.flushed({ code: codes.timedOut });
    await closing;
    await producer.close();
    expect(await sending).toBe('DELIVERY_FAILED');
    expect(() => producer.append('t', null, 'c')).toThrow('closed');
  });
});

/** A driver's producer whose broker is the test. */
class FakeDriver extends EventEmitter {
  isFull = false;
  flushesAtOnce = false;
  readonly #produced: unknown[] = [];
  readonly #flushing: ((error?: unknown) => void)[] = [];
  #offset = 0;

  constructor(
    readonly name: string,
    readonly written: string[],
  ) {
    super();
  }

  produce(_topic: string, _partition: number | null, value: Buffer | null, _key: unknown, _timestamp: unknown, opaque?: unknown): void {
    if (this.isFull) throw Object.assign(new Error('queue full'), { code: codes.queueFull });
    this.written.push(`${this.name} ${value}`);
    this.#produced.push(opaque);
  }

  flush(_ms: number, done: (error?: unknown) => void): void {
    if (this.flushesAtOnce) done();
    else this.#flushing.push(done);
  }

  /** The broker has everything, or the driver gives up waiting. */
  flushed(error?: unknown): void {
    for (const done of this.#flushing.splice(0)) done(error);
  }

  /** The next report. */
  report(error: unknown = null): void {
    this.emit('delivery-report', error, { topic: 't', partition: 0, offset: this.#offset++, opaque: this.#produced.shift() });
  }

  fail(report: DriverReport): void {
    this.emit('delivery-report', { message: 'refused', code: codes.topicForbidden }, report);
  }

  isConnected(): boolean {
    return false;
  }
}

function make({ messageMaxBytes = 1_000 } = {}) {
  const clock = new ManualClock();
  const written: string[] = [];
  const hot = new FakeDriver('hot', written);
  const reporting = new FakeDriver('reporting', written);
  reporting.flushesAtOnce = true;
  const producer = new KafkaProducer({
    clock,
    logger: silent,
    messageMaxBytes,
    isTransactional: false,
    closed: () => undefined,
    first: (events) => new DriverGear('failures', { ...events, driver: hot as unknown as DriverProducer }),
    openReporting: async (events) => new DriverGear('all', { ...events, driver: reporting as unknown as DriverProducer }),
  });
  return { producer, hot, reporting, written, clock };
}
