import { expect } from '@jest/globals';
import { everyPartition, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import { ignoring, type PollingConsumer } from './polling-consumer.fixture.js';
import { label } from './read.fixture.js';

/** How members of a group share partitions and hand them over. */
export const groups: Cases = {
  'knows no offset before one is committed': async (bench) => {
    const topic = await bench.topic(numbered(3, { partition: 0 }));
    const reader = await bench.join(bench.name('group'), [topic]);
    await bench.until('all are read', () => reader.messages.length >= 3);
    expect(await reader.consumer.committed(everyPartition(topic))).toEqual(everyPartition(topic).map((at) => ({ ...at, offset: -1 })));
  },

  'starts the next member at the offsets of the last': async (bench) => {
    const topic = await bench.topic(numbered(20, { partition: 2 }));
    const group = bench.name('group');
    const first = await bench.join(group, [topic]);
    await bench.until('all are read', () => first.messages.length >= 20);
    await first.consumer.commit([{ topic, partition: 2, offset: 12 }]);
    expect(await first.consumer.committed([{ topic, partition: 2 }])).toEqual([{ topic, partition: 2, offset: 12 }]);
    await first.close();
    const second = await bench.join(group, [topic]);
    await bench.until('the rest is read', () => second.messages.length >= 8);
    expect(second.values()).toEqual(range(8, 12).map(String));
  },

  'tells the next member what was noted beside an offset, and nothing when the last commit noted nothing': async (bench) => {
    const topic = await bench.topic(numbered(5, { partition: 0 }));
    const group = bench.name('group');
    const begun: unknown[] = [];
    const joined = async (offset: number) => {
      const next = await bench.consumer({ group });
      await next.subscribe([topic], {
        ...ignoring,
        begins: (positions) => void begun.push(...positions.filter(({ partition }) => partition === 0)),
      });
      for (let isRead = false; !isRead; ) for (const batch of await next.poll()) isRead ||= batch.offset(0) === offset;
      return next;
    };
    const first = await bench.join(group, [topic]);
    await bench.until('all are read', () => first.messages.length >= 5);
    await first.consumer.commit([{ topic, partition: 0, offset: 2, metadata: 'noted: ž' }]);
    await first.close();
    const second = await joined(2);
    expect(begun).toEqual([{ topic, partition: 0, offset: 2, metadata: 'noted: ž' }]);
    await second.commit([{ topic, partition: 0, offset: 3 }]);
    await second.close();
    await (await joined(3)).close();
    expect(begun.slice(1)).toMatchObject([{ topic, partition: 0, offset: 3 }]);
    expect((begun[1] as { readonly metadata?: string }).metadata ?? '').toBe('');
  },

  'starts a group without offsets at the end when told so': async (bench) => {
    const topic = await bench.topic(numbered(5, { partition: 0 }));
    const reader = await bench.join(bench.name('group'), [topic], {}, { startAt: 'latest' });
    await bench.until('it is assigned', () => reader.owned.size === 4);
    for (let turn = 5; reader.messages.length === 0; turn++) {
      const [at] = await bench.write(topic, numbered(1, { partition: 0, from: turn }));
      const polls = reader.polls.length;
      await bench.until('it polls', () => reader.polls.length > polls || reader.messages.some(({ offset }) => offset >= at!.offset));
    }
    expect(reader.messages.filter(({ offset }) => offset < 5)).toEqual([]);
  },

  'assigns before the first message comes': async (bench) => {
    const topic = await bench.topic(numbered(5, { partition: 1 }));
    const reader = await bench.join(bench.name('group'), [topic]);
    await bench.until('all are read', () => reader.messages.length >= 5);
    expect(reader.history.indexOf(`assigned ${topic}[1]`)).toBeLessThan(reader.history.indexOf(`read ${topic}[1]@0`));
    expect(reader.history.indexOf(`assigned ${topic}[1]`)).toBeGreaterThanOrEqual(0);
  },

  'reads from where the listener goes when it is assigned': async (bench) => {
    const topic = await bench.topic(numbered(5, { partition: 1 }));
    const assigned = (_: unknown, reader: PollingConsumer) => reader.consumer.seek([{ topic, partition: 1, offset: 3 }]);
    const reader = await bench.join(bench.name('group'), [topic], { assigned });
    await bench.until('the rest is read', () => reader.messages.length >= 2);
    expect(reader.values()).toEqual(['3', '4']);
  },

  'shares partitions between two members and loses nothing': async (bench) => {
    const { topic, first, second } = await pair(bench);
    const more = await bench.write(
      topic,
      range(4).flatMap((partition) => numbered(50, { partition, from: 50 })),
    );
    const all = () => new Set([...first.messages, ...second.messages].map(({ partition, offset }) => `${partition}@${offset}`));
    await bench.until('all are read', () => all().size >= 400);
    expect(more).toHaveLength(200);
    for (const partition of range(4)) {
      const read = new Set([...first.values(partition), ...second.values(partition)].map(Number));
      expect([...read].sort((a, b) => a - b)).toEqual(range(100));
    }
  },

  'awaits the old member before it assigns to the new one': async (bench) => {
    const done: string[] = [];
    const { topic, second } = await pair(
      bench,
      async (partitions) => {
        for (const _ of range(20)) await new Promise(setImmediate);
        for (const at of partitions) done.push(label(at));
      },
      (partitions) => {
        for (const at of partitions) expect(done).toContain(label(at));
      },
    );
    expect(second.error).toBeUndefined();
    expect([...second.owned].every((at) => done.includes(at))).toBe(true);
    expect(done.every((at) => at.startsWith(topic))).toBe(true);
  },

  'gives no message of a partition once it is to be handed over': async (bench) => {
    const { first } = await pair(bench);
    for (const at of first.history.filter((event) => event.startsWith('revoking')).map((event) => event.slice('revoking '.length))) {
      const from = first.history.indexOf(`revoking ${at}`);
      const again = first.history.indexOf(`assigned ${at}`, from);
      const between = first.history.slice(from, again === -1 ? undefined : again);
      expect(between.filter((event) => event.startsWith(`read ${at}@`))).toEqual([]);
    }
  },

  'takes commits while the listener hands over': async (bench) => {
    const { topic, first, second } = await pair(bench);
    const theirs = [...second.owned];
    const committed = await second.consumer.committed(everyPartition(topic));
    for (const { partition, offset } of committed) if (theirs.includes(`${topic}[${partition}]`)) expect(offset).toBe(50);
    expect(first.messages.length + second.messages.length).toBeGreaterThanOrEqual(200);
  },

  'refuses the commit of a partition that went to another member': async (bench) => {
    const { topic, first, second } = await pair(bench);
    const partition = range(4).find((each) => second.owned.has(`${topic}[${each}]`))!;
    await refused(first.consumer.commit([{ topic, partition, offset: 1 }]), 'COMMIT_FAILED');
    expect(await second.consumer.committed([{ topic, partition }])).toEqual([{ topic, partition, offset: 50 }]);
  },

  'lets the next member start when one is closed': async (bench) => {
    const { topic, first, second } = await pair(bench);
    await first.close();
    await bench.until('the second has all', () => second.owned.size === 4);
    await bench.write(
      topic,
      range(4).flatMap((partition) => numbered(1, { partition, from: 50 })),
    );
    await bench.until('it reads all', () => range(4).every((partition) => second.values(partition).includes('50')));
    expect(first.owned.size).toBe(0);
  },

  'tells the listener when it is closed, and takes its commits': async (bench) => {
    const topic = await bench.topic(numbered(5, { partition: 0 }));
    const group = bench.name('group');
    const revoked = (_: unknown, reader: PollingConsumer) => reader.consumer.commit(reader.positions());
    const first = await bench.join(group, [topic], { revoked });
    await bench.until('all are read', () => first.messages.length >= 5);
    await first.close();
    expect(first.owned.size).toBe(0);
    const second = await bench.join(group, [topic]);
    await bench.until('it is assigned', () => second.owned.size === 4);
    expect(await second.consumer.committed([{ topic, partition: 0 }])).toEqual([{ topic, partition: 0, offset: 5 }]);
  },

  'leaves a member without partitions when there are more members than partitions': async (bench) => {
    const topic = await bench.topic(numbered(4, { partition: 0 }));
    const group = bench.name('group');
    const members = await Promise.all(range(5).map(() => bench.join(group, [topic])));
    await bench.until(
      'four have one each',
      () =>
        members
          .map(({ owned }) => owned.size)
          .sort()
          .join('') === '01111',
    );
    await bench.until('all are read', () => new Set(members.flatMap((member) => member.values())).size === 4);
  },

  'reads every topic that a pattern matches': async (bench) => {
    const topic = await bench.topic(numbered(3, { partition: 0 }));
    await bench.topic(numbered(3, { partition: 0, from: 100 }));
    const reader = await bench.join(bench.name('group'), [new RegExp(`^${topic}$`)]);
    await bench.until('all are read', () => reader.messages.length >= 3);
    expect(reader.values()).toEqual(['0', '1', '2']);
    expect(new Set(reader.messages.map((message) => message.topic))).toEqual(new Set([topic]));
  },

  // librdkafka looked up where the log begins; told to go on before the broker had answered, it did so again, and some partitions were never read.
  'reads each message once where the group has no offset, and what is assigned stands still and goes on many times': async (bench) => {
    const topic = await bench.topic(numbered(20, { partition: 0 }));
    const at = range(4).map((partition) => ({ topic, partition }));
    const reader = await bench.join(bench.name('group'), [topic], { assigned: (_, { consumer }) => consumer.pause(at) });
    await bench.until('it is assigned', () => reader.owned.size === 4);
    for (let turn = 0; turn < 100 || (turn < 10_000 && reader.messages.length === 0); turn++) {
      if (turn % 3 === 2) reader.consumer.pause(at);
      else reader.consumer.resume(at);
      await new Promise(setImmediate);
    }
    reader.consumer.resume(at);
    const polls = reader.polls.length;
    await bench.until(
      'all are read, and polls have ended that got nothing',
      () => reader.messages.length >= 20 && reader.polls.length >= polls + 3,
    );
    expect(reader.values(0)).toEqual(range(20).map(String));
  },

  // They began at their end, and what was written before somebody had taken them was left out.
  'begins at the beginning with partitions that appear while it is in the group, also where others begin at their end': {
    needs: ['create topics', 'add partitions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(3, { partition: 0 }));
      const reader = await bench.join(bench.name('group'), [topic], {}, { startAt: 'latest' });
      await bench.until('it has the first partitions', () => reader.owned.size === 4);
      await bench.broker.grow?.(topic, 6);
      await bench.write(topic, numbered(3, { partition: 5, from: 100 }));
      await bench.until('it has the new ones', () => reader.owned.size === 6);
      await bench.until('it has read them', () => reader.messages.length >= 3);
      expect(reader.values()).toEqual(['100', '101', '102']);
    },
  },

  "gives a pattern none of the broker's own topics, nor what is internal, unless it is named": async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const internal = await bench.topic(numbered(1, { partition: 0, from: 100 }));
    const options = { internal: [internal] };
    // Not everything: the broker may have millions of messages of others.
    const reader = await bench.join(bench.name('group'), [new RegExp(`^(__.*|${topic}|${internal})$`)], {}, options);
    await bench.until('the topic is read', () => reader.messages.some((message) => message.topic === topic));
    const names = new Set([...reader.owned].map((each) => each.replace(/\[\d+\]$/, '')));
    expect([...names].filter((name) => name === internal || name.startsWith('__'))).toEqual([]);
    const named = await bench.join(bench.name('group'), [internal], {}, options);
    await bench.until('the internal one is read by its name', () => named.values().includes('100'));
  },

  'takes in topics that a pattern matches later': {
    needs: ['take in later topics'],
    run: async (bench) => {
      const prefix = await bench.topic(numbered(1, { partition: 0 }));
      const reader = await bench.join(bench.name('group'), [new RegExp(`^${prefix}`)]);
      await bench.until('the first is read', () => reader.messages.length >= 1);
      await bench.write(`${prefix}-later`, numbered(1, { partition: 0, from: 1 }));
      await bench.until('the later one is read', () => reader.values().includes('1'));
    },
  },
  'tells a member that there is nothing for it': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const group = bench.name('group');
    const told: number[] = [];
    for (const _ of range(5)) await bench.join(group, [topic], { assigned: (partitions) => void told.push(partitions.length) });
    await bench.until('one was told of none', () => told.includes(0));
  },
};

/** Two members of one group, each with two of the four partitions. The first had all, read 50 messages of each and committed when it handed over. */
async function pair(
  bench: Parameters<Extract<Cases[string], (...given: never[]) => unknown>>[0],
  revoked: (partitions: Parameters<PollingConsumer['revoked']>[0]) => void | Promise<void> = () => undefined,
  assigned: (partitions: Parameters<PollingConsumer['assigned']>[0]) => void = () => undefined,
) {
  const topic = await bench.topic(range(4).flatMap((partition) => numbered(50, { partition })));
  const group = bench.name('group');
  const first = await bench.join(group, [topic], {
    revoked: async (partitions, reader) => {
      await reader.consumer.commit(reader.positions(partitions));
      await revoked(partitions);
    },
  });
  await bench.until('the first has read all', () => first.messages.length >= 200);
  const second = await bench.join(group, [topic], { assigned });
  await bench.until('both have two', () => first.owned.size === 2 && second.owned.size === 2);
  return { topic, group, first, second };
}
