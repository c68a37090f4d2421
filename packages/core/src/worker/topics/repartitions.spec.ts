import { describe, expect, it } from '@jest/globals';
import type { AgentDescription } from '../../agents/index.js';
import { type TopicDefinition, topic } from '../../definitions/index.js';
import type { TopicInfo } from '../../transport/index.js';
import { repartitionTopics } from './repartitions.js';

/** An agent that moves the events of one topic into another. */
const moves = (origin: TopicDefinition, to: string): AgentDescription => ({
  ...{ kind: 'event', name: `${to} (groupBy)`, topic: origin, run: () => 'key' },
  sinks: [{ kind: 'regrouping', topic: topic(to) as TopicDefinition }],
});

/** What is wanted of a broker that has some topics: names and numbers of partitions. */
async function wanted(agents: readonly AgentDescription[], existing: { readonly [name: string]: number }) {
  const infos: TopicInfo[] = Object.entries(existing).map(([name, partitions]) => ({ name, partitions }));
  const admin = {
    topics: async () => infos,
    describe: async (names: readonly string[]) => infos.filter(({ name }) => names.includes(name)),
  };
  return repartitionTopics({ app: { id: 'shop' }, agents, topics: [], hooks: [] }, admin);
}
const numbers = async (...given: Parameters<typeof wanted>) => (await wanted(...given)).map(({ name, partitions }) => [name, partitions]);

const views = topic('views') as TopicDefinition;
const byUrl = moves(views, 'by-url');
const byUser = moves(topic('by-url') as TopicDefinition, 'by-user');

describe('the topics of grouped sources', () => {
  it('are made with as many partitions as their origin has, one after another', async () => {
    expect(await numbers([byUrl, byUser], { views: 6 })).toEqual([
      ['by-url', 6],
      ['by-user', 6],
    ]);
  });

  it('keep the number that they have, whatever has become of their origin', async () => {
    expect(await numbers([byUrl, byUser], { views: 12, 'by-url': 6 })).toEqual([
      ['by-url', -1],
      ['by-user', 6],
    ]);
  });

  it('have the greatest number of several topics, and that of the broker where a pattern matches none yet', async () => {
    expect(await numbers([moves(topic(['a', 'b']) as TopicDefinition, 'x')], { a: 2, b: 5 })).toEqual([['x', 5]]);
    expect(await numbers([moves(topic(/^a/) as TopicDefinition, 'x')], { a1: 2, a2: 3, b: 9 })).toEqual([['x', 3]]);
    expect(await numbers([moves(topic(/^a/) as TopicDefinition, 'x')], { b: 9 })).toEqual([['x', -1]]);
  });

  it('take what their origin takes, at whatever time it was, and keep it until it was read', async () => {
    const large = topic('large', { replicas: 3, config: { 'max.message.bytes': '5000000' } }) as TopicDefinition;
    const [first, second] = await wanted([byUrl, moves(large, 'x')], { views: 1, large: 1 });
    expect(first).toMatchObject({
      replicas: -1,
      config: { 'cleanup.policy': 'delete', 'message.timestamp.type': 'CreateTime', 'max.message.bytes': '1150000' },
      wishes: { 'message.timestamp.after.max.ms': '9223372036854775807' },
    });
    expect(second).toMatchObject({ replicas: 3, config: { 'max.message.bytes': '5000000' } });
  });
});
