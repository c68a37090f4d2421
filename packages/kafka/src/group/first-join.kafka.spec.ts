import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import type { Consumer, Transport } from '@weir/core/internal/transport';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';

const brokers = process.env.KAFKA_BROKERS ?? '';
const answerMs = 10_000;
const lookMs = 50;
const limitMs = 30_000;
const topic = `joining-${process.pid}-${Date.now().toString(36)}`;

interface Described {
  readonly state: number;
  readonly members: readonly object[];
}

/** Until the other members have joined too, a broker is preparing a rebalance. */
const { PREPARING_REBALANCE } = kafka.ConsumerGroupStates as unknown as Record<string, number>;

describe('a member with a name that is closed before the group has answered that it joins', () => {
  const admin = kafka.AdminClient.create({ 'bootstrap.servers': brokers });
  let transport: Transport;
  beforeAll(async () => {
    const around = { clock: new SystemClock(), logger: silent, properties: {} };
    transport = await open({ ...around, broker: `kafka://${brokers}`, clientId: 'joining' });
    await (await transport.admin()).create([{ name: topic, partitions: 4, replicas: -1, config: {} }]);
  }, limitMs);
  afterAll(async () => {
    await transport.close();
    admin.disconnect();
  }, limitMs);

  // It stayed a member until its session ended, and what the group gave to it was read by nobody for 45 s.
  it(
    'leaves where its name ends with it',
    async () => {
      const first = await join(await transport.consumer({ group: topic }));
      await until(({ members }) => members.length === 1 && first.isAssigned);
      const second = await join(await transport.consumer({ group: topic, member: 'second', leaves: true }));
      await until(({ state }) => state === PREPARING_REBALANCE);
      await second.close();
      await until(({ state, members }) => state !== PREPARING_REBALANCE && members.length === 1);
      await first.close();
      await until(({ members }) => members.length === 0);
      expect(second.isAssigned).toBe(false);
    },
    limitMs,
  );

  /** Reads on and on, as a worker does. */
  async function join(consumer: Consumer) {
    let isClosing = false;
    const joined = { isAssigned: false, close };
    const assigned = () => {
      joined.isAssigned = true;
    };
    const nothing = () => undefined;
    await consumer.subscribe([topic], { assigned, revoked: nothing, lost: nothing, failed: nothing });
    const polling = (async () => {
      while (!isClosing) await consumer.poll();
    })();
    async function close(): Promise<void> {
      isClosing = true;
      consumer.wake();
      await polling;
      await consumer.close();
    }
    return joined;
  }

  /** Asks until the group is as it is expected to be. */
  async function until(isSo: (described: Described) => boolean): Promise<void> {
    while (!isSo(await describeGroup())) await sleep(lookMs);
  }

  function describeGroup(): Promise<Described> {
    return new Promise((resolve, reject) => {
      admin.describeGroups([topic], { timeout: answerMs }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer.groups[0] as unknown as Described);
      });
    });
  }
});
