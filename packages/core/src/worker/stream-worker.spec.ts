import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { AgentDescription } from '../agents/index.js';
import { topic } from '../definitions/index.js';
import type { Stream } from '../streams/index.js';
import { timers } from '../tasks/index.js';
import { VirtualClock } from '../time/index.js';
import { Topics } from '../topics/index.js';
import { bindComponent, type Topology } from '../topology/index.js';
import { type Consumer, MemoryBroker, type Producer, type Transport } from '../transport/index.js';
import { StreamWorker, settingsOf } from './index.js';

const orders = topic('orders', { value: 'string', partitions: 2 });
const shouts = topic('shouts', { value: 'string' });

let clock: VirtualClock;
let broker: MemoryBroker;
let worker: StreamWorker | undefined;
beforeEach(() => {
  clock = new VirtualClock();
  broker = new MemoryBroker({ clock });
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

function topologyOf(agents: readonly AgentDescription[], rest: Partial<Topology> = {}): Topology {
  return { app: { id: 'by-hand' }, agents, topics: [], hooks: [], ...rest };
}

async function start(topology: Topology, topics?: Topics): Promise<StreamWorker> {
  worker = await StreamWorker.start(topology, { transport: broker.transport(), clock, logger: pino({ level: 'silent' }), topics });
  return worker;
}

async function write(...values: string[]): Promise<void> {
  const producer = await broker.transport().producer();
  await Promise.all(values.map((value) => producer.send({ topic: 'orders', key: value, value, partition: 0 })));
}

/** Lets time go on until it is true. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isTrue(); turn++) {
    await new Promise(setImmediate);
    clock.advanceTo(clock.now() + 10);
  }
  expect(isTrue()).toBe(true);
}

const texts = (name: string) => broker.messages(name).map(({ value }) => String(value));
const shout = (value: unknown) => `${String(value).toUpperCase()}!`;

describe('a topology that was built by hand', () => {
  it('runs every kind of agent, without a class and without reflection', async () => {
    const batches: unknown[][] = [];
    await start(
      topologyOf([
        { kind: 'event', name: 'shout', topic: orders as never, sinks: [shouts as never], run: shout },
        {
          ...{ kind: 'stream', name: 'stream', topic: orders as never, sinks: [shouts as never] },
          run: async function* (stream: Stream) {
            for await (const value of stream) yield `${value}?`;
          },
        },
        { kind: 'batch', name: 'batch', topic: orders as never, batch: { max: 2 }, run: (values) => void batches.push(values) },
      ]),
    );
    await write('a', 'b');
    await until(() => texts('shouts').length === 4 && batches.flat().length === 2).catch(() => {
      console.log(texts('shouts'), batches, worker?.load, worker?.running(), worker?.failure);
    });
    expect(texts('shouts').sort()).toEqual(['A!', 'B!', 'a?', 'b?']);
    await worker?.stop();
    expect(broker.committed('by-hand', 'orders', 0)).toBe(2);
  });

  it('creates the topics it names, with the partitions that they declare, and one for dead letters', async () => {
    await start(topologyOf([{ kind: 'event', name: 'shout', topic: orders as never, sinks: [shouts as never], run: shout }]));
    expect(broker.topics()).toEqual(['by-hand-dead-letters', 'orders', 'shouts']);
    expect(await (await broker.transport().admin()).describe(['orders'])).toEqual([{ name: 'orders', partitions: 2 }]);
  });

  it('needs no dead-letter topic when nothing is set aside', async () => {
    await start({
      ...topologyOf([{ kind: 'event', name: 'shout', topic: orders as never, run: shout }]),
      app: { id: 'by-hand', errors: { then: 'skip' } },
    });
    expect(broker.topics()).toEqual(['orders']);
  });

  it('runs timers and hooks with topics that the caller made', async () => {
    const topics = new Topics();
    const out = topics.of(shouts);
    await start(
      topologyOf([], {
        components: [bindComponent(timers, [{ name: 'tick', declared: { every: '1s' }, run: () => out.send({ value: 'tick' }) }])],
        hooks: [{ name: 'hello', start: () => out.send({ value: 'hello' }), stop: () => out.send({ value: 'goodbye' }) }],
      }),
      topics,
    );
    clock.advanceTo(clock.now() + 1_000);
    await until(() => texts('shouts').length === 2);
    await worker?.stop();
    expect(texts('shouts')).toEqual(['hello', 'tick', 'goodbye']);
  });

  it('has a group of its own for each version', async () => {
    const agents: AgentDescription[] = [{ kind: 'event', name: 'shout', topic: orders as never, sinks: [shouts as never], run: shout }];
    for (const version of [1, 2]) {
      await start({ ...topologyOf(agents), app: { id: 'by-hand', version } });
      if (version === 1) await write('a');
      await until(() => texts('shouts').length === version);
      await worker?.stop();
    }
    expect(broker.committed('by-hand', 'orders', 0)).toBe(1);
    expect(broker.committed('by-hand-v2', 'orders', 0)).toBe(1);
  });
});

describe('a stream worker', () => {
  it('says why it stopped by itself', async () => {
    const failing = { kind: 'event', name: 'fail', topic: orders as never, errors: { retry: { attempts: 0 }, then: 'stop' } } as const;
    const { finished } = await start(
      topologyOf([
        {
          ...failing,
          run: () => {
            throw new Error('unlucky');
          },
        },
      ]),
    );
    await write('a');
    await expect(finished).rejects.toMatchObject({
      code: 'AGENT_FAILED',
      message: expect.stringMatching(/"fail" failed on orders\[0\]@0: unlucky/),
    });
    expect(broker.committed('by-hand', 'orders', 0)).toBe(-1);
  });

  it('stops once, however often it is told to', async () => {
    const stopped: string[] = [];
    const started = await start(topologyOf([], { hooks: [{ name: 'stop', stop: () => stopped.push('stopped') }] }));
    await Promise.all([started.stop(), started.stop()]);
    await started.stop();
    expect(stopped).toEqual(['stopped']);
    await expect(started.finished).resolves.toBeUndefined();
  });

  it('tells of a stop hook that failed, after the others have run', async () => {
    const stopped: string[] = [];
    const started = await start(
      topologyOf([], {
        hooks: [
          { name: 'first', stop: () => stopped.push('first') },
          { name: 'second', stop: () => Promise.reject(new Error('stuck')) },
        ],
      }),
    );
    await started.stop();
    expect(stopped).toEqual(['first']);
    await expect(started.finished).rejects.toThrow('stuck');
  });

  it('closes its transport when it cannot start', async () => {
    const transport = broker.transport();
    const topology = topologyOf([], { hooks: [{ name: 'fail', start: () => Promise.reject(new Error('no')) }] });
    await expect(StreamWorker.start(topology, { transport, clock, logger: pino({ level: 'silent' }) })).rejects.toThrow('no');
    await expect(transport.producer()).rejects.toThrow('closed');
  });
});

describe('the clients of a stream worker', () => {
  const reading = topologyOf([{ kind: 'event', name: 'shout', topic: orders as never, run: shout }]);
  const exact = { ...reading, app: { id: 'by-hand', guarantee: 'exactly-once' } } as const;

  /** A transport of the broker of which some is different, with the consumers and the producers that it has opened. */
  function transportWith(changes: Partial<Transport>) {
    const inner = broker.transport();
    const opened: (Consumer | Producer)[] = [];
    const note = async <T extends Consumer | Producer>(opening: Promise<T>): Promise<T> => {
      const client = await opening;
      opened.push(client);
      return client;
    };
    const transport: Transport = {
      ...{ description: inner.description, abilities: inner.abilities },
      consumer: (options) => note(inner.consumer(options)),
      reader: (options) => inner.reader(options),
      producer: (options) => note(inner.producer(options)),
      admin: () => inner.admin(),
      close: () => inner.close(),
      ...changes,
    };
    return { transport, opened };
  }

  const starting = (topology: Topology, transport: Transport) =>
    StreamWorker.start(topology, { transport, clock, logger: pino({ level: 'silent' }) });

  it('are closed when the other one cannot be opened', async () => {
    const { transport, opened } = transportWith({ producer: () => Promise.reject(new Error('no producer')) });
    await expect(starting(reading, transport)).rejects.toThrow('no producer');
    expect(opened).toHaveLength(1);
    await expect((opened[0] as Consumer).poll()).rejects.toThrow('closed');
  });

  it('are all waited for before the transport is closed', async () => {
    let isOpen = false;
    let closedBefore = false;
    const { transport } = transportWith({
      consumer: () => Promise.reject(new Error('no consumer')),
      producer: async () => {
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        isOpen = true;
        return broker.transport().producer();
      },
      close: async () => {
        closedBefore = !isOpen;
      },
    });
    await expect(starting(reading, transport)).rejects.toThrow('no consumer');
    expect([isOpen, closedBefore]).toEqual([true, false]);
  });

  it('do not hide what is wrong with the topics', async () => {
    const { transport } = transportWith({ consumer: () => Promise.reject(new Error('no consumer')) });
    const verifying = { ...reading, app: { id: 'by-hand', topics: 'verify' } } as const;
    await expect(starting(verifying, transport)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('do not fence off another worker before the topics and the consumer are well', async () => {
    const missing = { ...exact, app: { ...exact.app, topics: 'verify' } } as const;
    const { transport, opened } = transportWith({});
    await expect(starting(missing, transport)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    const { transport: another, opened: none } = transportWith({ consumer: () => Promise.reject(new Error('no consumer')) });
    await expect(starting(exact, another)).rejects.toThrow('no consumer');
    expect([opened.length, none.length]).toEqual([1, 0]);
  });
});

describe('the settings', () => {
  it('are numbers, with a default for each', () => {
    expect(settingsOf({ id: 'shop' })).toEqual({
      ...{ guarantee: 'at-least-once', commitIntervalMs: 1_000, drainTimeoutMs: 30_000, shutdownTimeoutMs: 60_000, stallTimeoutMs: 60_000 },
      ...{ endBlockedMs: Number.POSITIVE_INFINITY, recoveryBytesPerSecond: Number.POSITIVE_INFINITY },
      ...{ idleAfterMs: 60_000, aheadMs: 3_600_000 },
    });
    expect(settingsOf({ id: 'shop', guarantee: 'exactly-once', drainTimeout: '2m' })).toMatchObject({
      commitIntervalMs: 100,
      drainTimeoutMs: 120_000,
    });
  });

  it('name the option that cannot be', () => {
    expect(() => settingsOf({ id: 'shop', stallTimeout: 'late' as '1s' })).toThrow(expect.objectContaining({ option: 'stallTimeout' }));
    expect(() => settingsOf({ id: 'shop', guarantee: 'none' as 'exactly-once' })).toThrow(expect.objectContaining({ option: 'guarantee' }));
  });
});
