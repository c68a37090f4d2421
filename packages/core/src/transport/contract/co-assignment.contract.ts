import { expect } from '@jest/globals';
import type { TopicPartition } from '../../positions/index.js';
import { type Bench, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import type { PollingConsumer } from './polling-consumer.fixture.js';

/** Co-partitioned topics: the group divides the partitions of the first of a set, and those of the others come and go with them. */
export const coAssignment: Cases = {
  'gives the same partitions of the topics of a set to one member, whoever comes and goes': async (bench) => {
    const set = await setOf(bench, 3);
    const group = bench.name('group');
    const join = () => bench.join(group, set, {}, { sets: [set] });
    const members = [await join(), await join()];
    await bench.until('each has two of each', () => members.every((member) => isWhole(member, set, 2)));
    members.push(await join());
    await bench.until('each has one at least', () => members.every(({ owned }) => owned.size >= 3) && isShared(members, set));
    await members[0]!.close();
    await bench.until('the others have all', () => isShared(members.slice(1), set));
    for (const { numbers } of members.slice(1).map((member) => ({ numbers: set.map((topic) => numbersOf(member, topic)) })))
      expect(numbers).toEqual(set.map(() => numbers[0]));
  },

  'tells a listener of whole sets only, and keeps what is in none apart': async (bench) => {
    const set = await setOf(bench, 2);
    const alone = await bench.topic(numbered(1, { partition: 0 }));
    const group = bench.name('group');
    const told: (readonly TopicPartition[])[] = [];
    const hear = (partitions: readonly TopicPartition[]) => void told.push(partitions);
    const join = () => bench.join(group, [...set, alone], { assigned: hear, revoked: hear }, { sets: [set] });
    const members = [await join(), await join()];
    await bench.until('all are shared', () => isShared(members, set) && members.every(({ owned }) => owned.size < 12));
    for (const partitions of told) {
      const [lead, follower] = set.map((topic) => partitions.filter((at) => at.topic === topic).map(({ partition }) => partition));
      expect([...lead!].sort()).toEqual([...follower!].sort());
    }
  },

  'reads what follows from where the group has come to, and loses nothing on the way': async (bench) => {
    const set = await setOf(bench, 2, 20);
    const group = bench.name('group');
    const revoked = (partitions: readonly TopicPartition[], reader: PollingConsumer) =>
      reader.consumer.commit(reader.positions(partitions));
    const first = await bench.join(group, set, { revoked }, { sets: [set] });
    await bench.until('all are read', () => first.messages.length >= 160);
    const second = await bench.join(group, set, { revoked }, { sets: [set] });
    await bench.until('both have their part', () => isShared([first, second], set) && second.owned.size > 0);
    for (const topic of set)
      await bench.write(
        topic,
        range(4).flatMap((partition) => numbered(5, { partition, from: 20 })),
      );
    const all = () => [...first.messages, ...second.messages].map(({ topic, partition, offset }) => `${topic}[${partition}]@${offset}`);
    await bench.until('the rest is read', () => all().length >= 200);
    expect(new Set(all()).size).toBe(200);
    expect(all()).toHaveLength(200);
  },

  'takes commits of what follows while it is ours, with what is noted beside them': async (bench) => {
    const set = await setOf(bench, 2);
    const [, follower] = set as [string, string];
    const group = bench.name('group');
    const first = await bench.join(group, set, {}, { sets: [set] });
    await bench.until('it has all', () => first.owned.size === 8);
    await first.consumer.commit([{ topic: follower, partition: 1, offset: 1, metadata: 'noted' }]);
    const [position] = await first.consumer.committed([{ topic: follower, partition: 1 }]);
    expect(position).toEqual({ topic: follower, partition: 1, offset: 1, metadata: 'noted' });
    const second = await bench.join(group, set, {}, { sets: [set] });
    await bench.until('both have two of each', () => [first, second].every((member) => isWhole(member, set, 2)));
    const partition = numbersOf(second, follower)[0]!;
    await refused(first.consumer.commit([{ topic: follower, partition, offset: 1 }]), 'COMMIT_FAILED');
  },

  'takes the offsets of what follows with a transaction': {
    needs: ['keep offsets of transactions'],
    run: async (bench) => {
      const set = await setOf(bench, 2);
      const group = bench.name('group');
      const reader = await bench.join(group, set, {}, { sets: [set] });
      await bench.until('all are read', () => reader.messages.length >= 8);
      const producer = await bench.producer({ transactionalId: bench.name('id') });
      const out = await bench.topic();
      for (const isCommitted of [false, true]) {
        await producer.transactions!.begin();
        void producer.send({ topic: out, key: null, value: 'x' }).catch(() => undefined);
        if (isCommitted) await producer.transactions!.commit(reader.consumer, reader.positions());
        else await producer.transactions!.abort();
      }
      expect(await reader.consumer.committed(reader.positions())).toMatchObject(reader.positions());
      await producer.close();
    },
  },

  'forgets a pause of what follows when it comes back': async (bench) => {
    const set = await setOf(bench, 2);
    const group = bench.name('group');
    const first = await bench.join(group, set, {}, { sets: [set] });
    await bench.until('all are read', () => first.messages.length >= 8);
    first.consumer.pause(range(4).map((partition) => ({ topic: set[1]!, partition })));
    const second = await bench.join(group, set, {}, { sets: [set] });
    await bench.until('both have two of each', () => [first, second].every((member) => isWhole(member, set, 2)));
    const theirs = numbersOf(second, set[1]!)[0]!;
    await second.close();
    await bench.until('it has all again', () => first.owned.size === 8);
    await bench.write(set[1]!, numbered(1, { partition: theirs, from: 100 }));
    await bench.until('it is read', () => first.values(theirs).includes('100'));
  },

  'subscribes to no follower by a pattern': async (bench) => {
    const set = await setOf(bench, 2);
    const group = bench.name('group');
    const [lead, follower] = set as [string, string];
    const join = () => bench.join(group, [lead, new RegExp(`^(${lead}|${follower})$`)], {}, { sets: [set] });
    const members = [await join(), await join()];
    await bench.until('each has two of each', () => members.every((member) => isWhole(member, set, 2)));
  },

  'gives everything back when it is closed': async (bench) => {
    const set = await setOf(bench, 2);
    const group = bench.name('group');
    const revoked = (partitions: readonly TopicPartition[], reader: PollingConsumer) =>
      reader.consumer.commit(reader.positions(partitions));
    const first = await bench.join(group, set, { revoked }, { sets: [set] });
    await bench.until('all are read', () => first.messages.length >= 8);
    const read = first.positions();
    await first.close();
    expect(first.owned.size).toBe(0);
    const second = await bench.join(group, set, {}, { sets: [set] });
    await bench.until('it has all', () => second.owned.size === 8);
    expect(await second.consumer.committed(read)).toMatchObject(read);
  },
};

/** Topics of four partitions, with as many messages in each partition. */
async function setOf(bench: Bench, topics: number, messages = 1): Promise<readonly string[]> {
  const set: string[] = [];
  for (const _ of range(topics)) set.push(await bench.topic(range(4).flatMap((partition) => numbered(messages, { partition }))));
  return set.sort();
}

function numbersOf({ owned }: PollingConsumer, topic: string): readonly number[] {
  return range(4).filter((partition) => owned.has(`${topic}[${partition}]`));
}

/** Whether a member has so many partitions of each topic, with the same numbers. */
function isWhole(member: PollingConsumer, set: readonly string[], count: number): boolean {
  const [first, ...others] = set.map((topic) => numbersOf(member, topic).join());
  return member.owned.size === count * set.length && others.every((each) => each === first);
}

/** Whether members have all partitions of a set, none of them twice. */
function isShared(members: readonly PollingConsumer[], set: readonly string[]): boolean {
  const all = members.flatMap((member) => set.flatMap((topic) => numbersOf(member, topic).map((partition) => `${topic}[${partition}]`)));
  return all.length === 4 * set.length && new Set(all).size === all.length;
}
