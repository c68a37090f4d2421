import { describe, expect, it } from '@jest/globals';
import type { TopicPartition } from '@weir/core/internal/positions';
import type { AssignmentListener, Membership } from '@weir/core/internal/transport';
import type { DriverConsumer } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { KafkaConsumer, type KafkaConsumerOptions } from './consumer.js';

const at = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));
const properties = {
  'partition.assignment.strategy': 'cooperative-sticky',
  'group.instance.id': 'one',
  'session.timeout.ms': 10_000,
  'heartbeat.interval.ms': 1_000,
  'topic.metadata.refresh.interval.ms': 1_000_000,
};

/** A consumer with a name, which another process had that was given partitions 0 and 1 and was alive `awayMs` ago; the test is the client and the group. */
async function make(awayMs = 1_000, leaves = false) {
  const clock = new ManualClock();
  await clock.advance(awayMs);
  const [calls, failures, said]: [string[], Error[], string[]] = [[], [], []];
  const kept: [Membership, boolean][] = [];
  const broker = { isAway: false };
  const asked: number[][] = [];
  const toldLater: (() => void)[] = [];
  const say = (first: unknown, message?: string) => void said.push(message ?? String(first));
  const consumer = new KafkaConsumer({
    ...{ group: 'shop', member: 'one', leaves, clock, properties, closed: () => undefined },
    logger: { debug: say, info: say, warn: say, error: say },
    groupOffsets: { known: async (some: readonly TopicPartition[]) => some.map((one) => ({ ...one, offset: 0 })) },
    membership: {
      former: { topics: ['orders'], partitions: at(0, 1), seenAt: 0 },
      keep: (membership: Membership, isAgreed: boolean) => void kept.push([membership, isAgreed]),
      unheard: () => void calls.push('unheard'),
    },
  } as unknown as KafkaConsumerOptions);
  const rebalance = consumer.callbacks.rebalance_cb as (event: object, partitions: readonly TopicPartition[]) => void;
  const change = async (code: number, partitions: readonly TopicPartition[]) => {
    rebalance({ code, message: '' }, partitions);
    await turn();
  };
  const note = (name: string) => () => void calls.push(name);
  const driver = {
    ...{ isConnected: () => true, rebalanceProtocol: () => 'COOPERATIVE', assignmentLost: () => false },
    offsetsForTimes: (some: readonly TopicPartition[], _: number, done: (error: undefined, answers: unknown) => void) => {
      asked.push(some.map(({ partition }) => partition));
      done(undefined, some);
    },
    ...{ incrementalAssign: note('assign'), incrementalUnassign: note('unassign'), pause: note('pause'), resume: note('resume') },
    subscription: () => [],
    subscribe: (topics: readonly string[]) => void calls.push(`subscribe ${topics}`),
    unsubscribe: () => void toldLater.push(() => rebalance({ code: codes.revokePartitions, message: '' }, at(1))),
    disconnect: (done: () => void) => done(),
    getMetadata: (_: object, done: (error?: object, metadata?: object) => void) =>
      broker.isAway ? done({ message: 'away', code: -195 }) : done(undefined, { topics: [{ name: 'orders', partitions: [0] }] }),
  };
  consumer.use(driver as unknown as DriverConsumer, {} as never);
  const take = async () => {
    toldLater.shift()?.();
    return [];
  };
  consumer.readFrom({ take } as never);
  const listener = {
    ...{ assigned: () => undefined, revoked: () => undefined, lost: () => undefined, begins: () => undefined },
    failed: (error: Error) => failures.push(error),
  } as AssignmentListener;
  const assign = (...partitions: readonly number[]) => change(codes.assignPartitions, at(...partitions));
  const revoke = (...partitions: readonly number[]) => change(codes.revokePartitions, at(...partitions));
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) await clock.advance(500);
  };
  return { consumer, listener, assign, revoke, pass, broker, calls, failures, said, kept, asked };
}

describe('a consumer with a name', () => {
  it.each([
    [true, ['subscribe orders', 'unheard']],
    [false, ['subscribe orders']],
  ])('whose join the group does not answer notes that it may not be heard leaving, where it leaves (%s)', async (leaves, expected) => {
    const { consumer, listener, pass, calls } = await make(60_000, leaves);
    await consumer.subscribe(['orders'], listener);
    const closing = consumer.close();
    await turn();
    await pass(leaves ? 10_000 : 500);
    await closing;
    expect(calls).toEqual(expected);
  });

  it('keeps what it has, and what it had beside it until the group has heard of the change', async () => {
    const { consumer, listener, assign, revoke, kept } = await make();
    await consumer.subscribe(['orders'], listener);
    await assign(0, 1, 2);
    await revoke(0);
    await assign();
    expect(kept.map(([{ partitions }, isAgreed]) => [partitions.map(({ partition }) => partition), isAgreed])).toEqual([
      [[0, 1, 2], true],
      [[1, 2], false],
      [[1, 2], true],
    ]);
  });

  it('keeps also what the process before it had, while that may belong to nobody', async () => {
    const { consumer, listener, assign, kept } = await make();
    await consumer.subscribe(['orders'], listener);
    await assign(1);
    await assign(2);
    expect(kept.map(([, isAgreed]) => isAgreed)).toEqual([false, true]);
  });

  it('lets go of that when it joins, where it was away for longer than its session', async () => {
    const { consumer, listener, kept } = await make(10_000);
    await consumer.subscribe(['orders'], listener);
    expect(kept).toEqual([[{ topics: ['orders'], partitions: [] }, true]]);
  });

  it('joins again where it was given less, also while the broker is away', async () => {
    const { consumer, listener, assign, pass, broker, calls, failures } = await make();
    await consumer.subscribe([/orders/], listener);
    await assign(1);
    broker.isAway = true;
    await pass(2_500);
    void consumer.poll();
    await pass(10_000);
    expect(failures).toEqual([]);
    expect(calls).toEqual(['subscribe orders', 'assign', 'unassign', 'subscribe orders']);
  });

  it('says nothing of it once it is closed', async () => {
    const { consumer, listener, assign, pass, said } = await make();
    await consumer.subscribe(['orders'], listener);
    const closing = consumer.close();
    await assign(1);
    await pass(10_000);
    await closing;
    expect(said.filter((line) => line.includes('joining again'))).toEqual([]);
  });
});

describe('partitions that go on', () => {
  it('wake the client, which may have nothing to read until its next tick', async () => {
    const { consumer, listener, assign, pass, asked } = await make();
    await consumer.subscribe(['orders'], listener);
    await assign(0, 1);
    consumer.pause(at(0, 1));
    await pass(500);
    const before = asked.length;
    consumer.resume(at(0, 1));
    await pass(500);
    expect(asked.slice(before)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });
});
