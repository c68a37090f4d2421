import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { Observers } from '../observers/index.js';
import { VirtualClock } from '../time/index.js';
import { type Batch, MemoryBroker, type Producer } from '../transport/index.js';
import { Recovery } from './index.js';

const at = { topic: 'customers', partition: 0 };
const logger = pino({ level: 'silent' });

describe('a recovery', () => {
  let broker: MemoryBroker;
  let clock: VirtualClock;
  let recovery: Recovery;
  let producer: Producer;
  let seen: string[];
  let closing: AbortController;

  beforeEach(async () => {
    clock = new VirtualClock('2020-01-01');
    broker = new MemoryBroker({ clock, partitions: 1 });
    for (const name of ['customers', 'others']) broker.createTopic({ name });
    const transport = broker.transport();
    recovery = new Recovery({ transport, clock, logger, observers: new Observers([], logger) });
    producer = await transport.producer();
    seen = [];
    closing = new AbortController();
  });
  afterEach(() => recovery.close());

  const take = (batch: Batch) => {
    for (let each = 0; each < batch.length; each++) seen.push(String(batch.valueText(each)));
  };
  const write = (value: string, topic = 'customers') => producer.send({ topic, key: 'k', value });
  const quiet = async () => {
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
  };
  const failures: Error[] = [];
  const failed = (error: Error) => void failures.push(error);

  it('follows a log beyond its end until it is told to stop', async () => {
    await write('a');
    expect(await recovery.follow({ ...at, from: 'earliest', to: 1, take, failed }, closing.signal)).toBe(1);
    expect(recovery.progress).toEqual([]);
    await write('b');
    await quiet();
    expect(seen).toEqual(['a', 'b']);
    closing.abort();
    await write('c');
    await quiet();
    expect(seen).toEqual(['a', 'b']);
    expect(failures).toEqual([]);
  });

  it('reads a partition for several at once, each from its own place', async () => {
    await write('a');
    await write('b');
    await recovery.follow({ ...at, from: 'earliest', to: 2, take, failed }, closing.signal);
    const others: string[] = [];
    const takeToo = (batch: Batch) => {
      for (let each = 0; each < batch.length; each++) others.push(String(batch.valueText(each)));
    };
    const [read] = await Promise.all([
      recovery.read({ ...at, from: 1, to: 2, take: takeToo }, closing.signal),
      recovery.follow({ ...at, from: 'earliest', to: 2, take: takeToo, failed }, closing.signal),
    ]);
    await write('c');
    await quiet();
    expect(read).toBe(1);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(others.sort()).toEqual(['a', 'b', 'b', 'c']);
  });

  it('has one behind it that reads nothing while it recovers, and goes on while it only follows', async () => {
    await write('a');
    await write('x', 'others');
    const recovering = recovery.read({ ...at, from: 'earliest', to: 2, take }, closing.signal);
    const copied = recovery.behind.follow({ topic: 'others', partition: 0, from: 'earliest', to: 1, take, failed }, closing.signal);
    await quiet();
    expect(seen).toEqual(['a']);
    await write('b');
    await recovering;
    await recovery.follow({ ...at, from: 2, to: 2, take, failed }, closing.signal);
    expect(await copied).toBe(1);
    expect(seen).toEqual(['a', 'b', 'x']);
    await write('y', 'others');
    await quiet();
    expect(seen).toEqual(['a', 'b', 'x', 'y']);
  });

  // A worker that had created its changelogs asked a broker that did not know of them yet, and ended.
  it('waits for some seconds until a broker knows of a topic', async () => {
    const ends = recovery.ends([{ topic: 'new', partition: 0 }], closing.signal);
    await quiet();
    broker.createTopic({ name: 'new' });
    clock.advanceTo(clock.now() + 500);
    expect(await ends).toEqual([{ low: 0, stable: 0, high: 0 }]);
    const missing = recovery.ends([{ topic: 'missing', partition: 0 }], closing.signal);
    missing.catch(() => undefined);
    for (let each = 0; each < 12; each++) {
      await quiet();
      clock.advanceTo(clock.now() + 500);
    }
    await expect(missing).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('tells who follows a log that cannot be read any more, and goes on with the others', async () => {
    await write('a');
    await recovery.follow({ ...at, from: 'earliest', to: 1, take, failed }, closing.signal);
    await recovery.follow(
      { topic: 'others', partition: 0, from: 'earliest', to: 0, take, failed: () => seen.push('failed') },
      closing.signal,
    );
    broker.deleteTopic('customers');
    await quiet();
    expect(failures).toEqual([expect.objectContaining({ code: 'TOPIC_MISSING' })]);
    await write('x', 'others');
    await quiet();
    expect(seen).toEqual(['a', 'x']);
    failures.length = 0;
  });
});
