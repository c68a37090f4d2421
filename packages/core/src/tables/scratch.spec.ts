import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { AgentDescription } from '../agents/index.js';
import { type TableDefinition, table, topic } from '../definitions/index.js';
import { VirtualClock } from '../time/index.js';
import { Topics } from '../topics/index.js';
import type { Topology } from '../topology/index.js';
import { MemoryBroker } from '../transport/index.js';
import { StreamWorker } from '../worker/index.js';
import { Tables } from './index.js';

const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

describe.each(['at-least-once', 'exactly-once'] as const)('tables %s', (guarantee) => {
  let clock: VirtualClock;
  let broker: MemoryBroker;
  let worker: StreamWorker | undefined;
  let transport: ReturnType<MemoryBroker['transport']>;
  beforeEach(() => {
    clock = new VirtualClock();
    broker = new MemoryBroker({ clock });
  });
  afterEach(() => worker?.stop());

  async function until(isTrue: () => boolean): Promise<void> {
    for (let turn = 0; turn < 2_000 && !isTrue(); turn++) {
      await new Promise(setImmediate);
      clock.advanceTo(clock.now() + 10);
    }
    expect(isTrue()).toBe(true);
  }

  async function start() {
    const tables = new Tables(({ name }) => `app-${name}-changelog`);
    const bound = tables.of(counts as unknown as TableDefinition);
    const agent: AgentDescription = {
      kind: 'event',
      name: 'count',
      topic: orders as never,
      run: (_value: unknown, event: { key: string }) => void bound.update(event.key, (old) => (old as number) + 1),
    } as never;
    const topics = new Topics('json', clock);
    const topology: Topology = {
      app: { id: 'app', guarantee },
      agents: [agent],
      topics: [],
      hooks: [],
      states: [tables.stateOf({ name: 'orders', topics: [orders as never], tables: [counts as unknown as TableDefinition] }, topics)],
    };
    transport = broker.transport();
    worker = await StreamWorker.start(topology, { transport, clock, logger: pino({ level: process.env.L ?? 'silent' }), topics });
    return bound;
  }

  it('counts, and goes on after a crash', async () => {
    const bound = await start();
    const producer = await broker.transport().producer();
    for (let i = 0; i < 100; i++) void producer.send({ topic: 'orders', key: `k${i % 10}`, value: 'x' });
    await until(() => broker.committed('app', 'orders', 0) + broker.committed('app', 'orders', 1) === 100);
    expect([bound.get('k3'), bound.get('nope'), bound.size]).toEqual([10, 0, 10]);
    worker?.crash();
    transport.crash();
    const again = await start();
    for (let i = 0; i < 50; i++) void producer.send({ topic: 'orders', key: `k${i % 10}`, value: 'x' });
    await until(() => broker.committed('app', 'orders', 0) + broker.committed('app', 'orders', 1) === 150);
    expect([...again.entries()].map(([key, n]) => [key, n]).sort()).toEqual(Array.from({ length: 10 }, (_, i) => [`k${i}`, 15]));
  });
});
