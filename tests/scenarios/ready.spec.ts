import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, OnAssigned, type Table, Timer, table, topic, Worker, type WorkerObserver } from '@weir/core';
import type { Class } from '@weir/core/internal/metadata';
import { VirtualClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import { pino } from 'pino';

const words = topic('words', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const changelog = 'words-counts-changelog';

@App({ id: 'words' })
class Words {
  constructor(@Inject(counts) readonly numbers: Table<string, number>) {}

  @Handler(words)
  count(word: string): void {
    this.numbers.update(word, (n) => n + 1);
  }
}

const clock = new VirtualClock();
const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

async function start(appClass: Class, broker: MemoryBroker, ...observers: WorkerObserver[]): Promise<Worker> {
  const logger = pino({ level: 'silent' });
  const worker = await Worker.start(appClass, {
    clock,
    logger,
    transport: broker.transport(),
    environment: {},
    observers,
    acceptReset: true,
  });
  workers.push(worker);
  return worker;
}

/** Whether it is ready, once nothing more happens by itself. */
async function isReady(worker: Worker): Promise<boolean> {
  let ready = false;
  worker.ready.then(
    () => {
      ready = true;
    },
    () => undefined,
  );
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  return ready;
}

describe('a worker', () => {
  it('is ready when every partition of its first assignment has its tables, and says what it has read', async () => {
    const broker = new MemoryBroker({ clock, partitions: 2 });
    broker.createTopic({ name: changelog, config: { 'cleanup.policy': 'compact' } });
    const producer = await broker.transport().producer();
    const one = Buffer.from('0000000000000001', 'hex');
    for (const partition of [0, 1]) await producer.send({ topic: changelog, partition, key: `k${partition}`, value: one });
    broker.faults.freeze({ topic: changelog, partition: 1 });
    const told: unknown[] = [];
    const worker = await start(Words, broker, { ready: (event) => void told.push(event) });
    expect(await isReady(worker)).toBe(false);
    clock.advanceTo(clock.now() + 3_000);
    broker.faults.thaw({ topic: changelog, partition: 1 });
    expect(await isReady(worker)).toBe(true);
    const partitions = [0, 1].map((partition) => ({ topic: 'words', partition }));
    expect(told).toEqual([{ partitions, entries: 2, ms: 3_000 }]);
    expect(worker.get(Words).numbers.get('k1')).toBe(1);
  });

  it('is ready at its start without agents', async () => {
    @App({ id: 'ticking' })
    class Ticking {
      @Timer('1h') tick(): void {}
    }
    expect(await isReady(await start(Ticking, new MemoryBroker({ clock, partitions: 1 })))).toBe(true);
  });

  it('is ready when its group has nothing for it', async () => {
    const broker = new MemoryBroker({ clock, partitions: 1 });
    const both = [await start(Words, broker), await start(Words, broker)];
    for (const worker of both) expect(await isReady(worker)).toBe(true);
  });

  it('is not ready by partitions that are gone again', async () => {
    let assigned = () => {};
    @App({ id: 'slow' })
    class Slow {
      @OnAssigned() wait(): Promise<void> {
        return new Promise((resolve) => {
          assigned = resolve;
        });
      }
      @Handler(words) take(): void {}
    }
    const broker = new MemoryBroker({ clock, partitions: 1 });
    const told: unknown[] = [];
    const worker = await start(Slow, broker, { ready: (event) => void told.push(event) });
    expect(await isReady(worker)).toBe(false);
    broker.faults.losePartition({ topic: 'words', partition: 0 });
    assigned();
    expect(await isReady(worker)).toBe(false);
    assigned();
    expect(await isReady(worker)).toBe(true);
    expect(told).toHaveLength(1);
  });

  it('is never ready when something has ended it before: it says what', async () => {
    @App({ id: 'failing' })
    class Failing {
      @OnAssigned() fail(): void {
        throw new Error('no disk');
      }
      @Handler(words) take(): void {}
    }
    const worker = await start(Failing, new MemoryBroker({ clock, partitions: 1 }));
    await expect(worker.ready).rejects.toMatchObject({ code: 'HOOK_FAILED' });
  });

  it('is never ready when it was stopped before', async () => {
    const broker = new MemoryBroker({ clock, partitions: 1 });
    broker.createTopic({ name: changelog, config: { 'cleanup.policy': 'compact' } });
    await (await broker.transport().producer()).send({ topic: changelog, key: 'k', value: Buffer.alloc(8) });
    broker.faults.freeze({ topic: changelog, partition: 0 });
    const worker = await start(Words, broker);
    await worker.stop();
    await expect(worker.ready).rejects.toMatchObject({ code: 'LIFECYCLE_ORDER', message: expect.stringContaining('before it was ready') });
  });
});
