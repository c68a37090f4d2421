import { expect } from '@jest/globals';
import { numbered } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';

/** What a broker tells and takes about its topics. */
export const administration: Cases = {
  'describes the topics that exist among the names': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const admin = await (await bench.transport()).admin();
    expect(await admin.describe([topic, bench.name('missing')])).toEqual([{ name: topic, partitions: 4 }]);
    expect(await admin.describe([])).toEqual([]);
  },

  'lists every topic, and does not create one by asking': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const missing = bench.name('missing');
    const admin = await (await bench.transport()).admin();
    await admin.describe([missing]);
    const topics = await admin.topics();
    expect(topics).toContainEqual({ name: topic, partitions: 4 });
    expect(topics.map(({ name }) => name)).not.toContain(missing);
    expect(topics.filter(({ name }) => name.startsWith('__'))).toEqual([]);
  },

  'creates topics, and leaves one that exists as it is': {
    needs: ['create topics'],
    run: async (bench) => {
      const admin = await (await bench.transport()).admin();
      const name = bench.name('topic');
      await admin.create([{ name, partitions: 7, replicas: -1, config: { 'cleanup.policy': 'compact' } }]);
      await admin.create([{ name, partitions: 3, replicas: -1, config: {} }]);
      expect(await admin.describe([name])).toEqual([{ name, partitions: 7 }]);
    },
  },

  'tells a topic from one of its name that was deleted': {
    needs: ['create topics', 'delete topics'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const other = await bench.topic();
      const admin = await (await bench.transport()).admin();
      const before = await admin.topicIds([topic, other, bench.name('missing')]);
      expect([...before.keys()].sort()).toEqual([topic, other].sort());
      expect(before.get(topic)).not.toBe(before.get(other));
      await bench.broker.remove?.(topic);
      await admin.create([{ name: topic, partitions: 4, replicas: -1, config: {} }]);
      const after = await admin.topicIds([topic, other]);
      expect(after.get(topic)).not.toBe(before.get(topic));
      expect(after.get(other)).toBe(before.get(other));
    },
  },

  'creates a topic without the settings that are only wished for, where the broker does not know them': {
    needs: ['create topics'],
    run: async (bench) => {
      const admin = await (await bench.transport()).admin();
      const name = bench.name('topic');
      const wishes = { 'no.such.setting': '1' };
      await admin.create([{ name, partitions: 2, replicas: -1, config: { 'cleanup.policy': 'compact' }, wishes }]);
      expect(await admin.describe([name])).toEqual([{ name, partitions: 2 }]);
    },
  },

  'tells the settings of topics, also those that nobody has set': {
    needs: ['create topics', 'tell settings'],
    run: async (bench) => {
      const topic = await bench.topic([], { 'cleanup.policy': 'compact', 'segment.bytes': '1048576' });
      const admin = await (await bench.transport()).admin();
      const found = await admin.configs?.([topic, bench.name('missing')]);
      expect([...(found?.keys() ?? [])]).toEqual([topic]);
      expect(found?.get(topic)).toMatchObject({
        'cleanup.policy': 'compact',
        'segment.bytes': '1048576',
        'message.timestamp.type': 'CreateTime',
        'delete.retention.ms': '86400000',
      });
    },
  },

  'changes settings of a topic, and leaves its others as they are': {
    needs: ['create topics', 'tell settings'],
    run: async (bench) => {
      const topic = await bench.topic([], { 'cleanup.policy': 'compact', 'segment.bytes': '1048576' });
      const admin = await (await bench.transport()).admin();
      await admin.alterConfigs(topic, { 'segment.bytes': '2097152', 'retention.ms': '-1' });
      expect((await admin.configs?.([topic]))?.get(topic)).toMatchObject({
        ...{ 'cleanup.policy': 'compact', 'segment.bytes': '2097152', 'retention.ms': '-1' },
      });
      // Once more the same is no change to wait for.
      await admin.alterConfigs(topic, { 'retention.ms': '-1' });
      await expect(admin.alterConfigs(topic, { 'no.such.setting': '1' })).rejects.toMatchObject({
        code: 'TOPIC_UNWRITABLE',
        message: expect.stringContaining('no.such.setting'),
      });
      await expect(admin.alterConfigs(bench.name('missing'), { 'retention.ms': '1' })).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    },
  },

  'adds partitions to a topic, and takes none away': {
    needs: ['create topics', 'add partitions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const admin = await (await bench.transport()).admin();
      await admin.addPartitions(topic, 6);
      expect(await admin.describe([topic])).toEqual([{ name: topic, partitions: 6 }]);
      await expect(admin.addPartitions(topic, 5)).rejects.toMatchObject({ code: 'TOPIC_UNWRITABLE' });
      await expect(admin.addPartitions(bench.name('missing'), 5)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    },
  },

  'deletes topics, and leaves out those that are not there': {
    needs: ['create topics', 'delete topics'],
    run: async (bench) => {
      const [topic, other] = [await bench.topic(numbered(1, { partition: 0 })), await bench.topic()];
      const admin = await (await bench.transport()).admin();
      await admin.deleteTopics([topic, bench.name('missing')]);
      await admin.deleteTopics([]);
      expect((await admin.describe([topic, other])).map(({ name }) => name)).toEqual([other]);
    },
  },

  'deletes a group with its offsets, once it has no members': {
    needs: ['administer groups'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(4, { partition: 0 }));
      const group = bench.name('group');
      const admin = await (await bench.transport()).admin();
      expect(await admin.groupState?.(group)).toBe('none');
      const member = await bench.join(group, [topic]);
      await bench.until('there are messages', () => member.values().length === 4);
      await member.consumer.commit([{ topic, partition: 0, offset: 4 }]);
      expect(await admin.groupState?.(group)).toBe('active');
      await expect(admin.deleteGroup(group)).rejects.toMatchObject({ code: 'GROUP_ACTIVE' });
      await member.close();
      expect(await admin.groupState?.(group)).toBe('empty');
      await admin.deleteGroup(group);
      await admin.deleteGroup(group);
      expect(await admin.groupState?.(group)).toBe('none');
      const next = await bench.join(group, [topic]);
      await bench.until('it begins at the beginning', () => next.values().length === 4);
    },
  },

  'tells the id of a topic that is named twice': {
    needs: ['create topics'],
    run: async (bench) => {
      const admin = await (await bench.transport()).admin();
      const name = bench.name('topic');
      await admin.create([{ name, partitions: 1, replicas: -1, config: {} }]);
      const once = await admin.topicIds([name]);
      expect(await admin.topicIds([name, name])).toEqual(once);
    },
  },

  'closes its clients with the transport': async (bench) => {
    const transport = await bench.broker.transport();
    await transport.consumer({ group: bench.name('group') });
    await transport.reader();
    await transport.producer();
    await transport.admin();
    await transport.close();
    await transport.close();
    expect(transport.description).not.toBe('');
  },
};
