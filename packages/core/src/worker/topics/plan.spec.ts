import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentDescription } from '../../agents/index.js';
import { type TopicDefinition, topic } from '../../definitions/index.js';
import { VirtualClock } from '../../time/index.js';
import type { StateDescription, Topology } from '../../topology/index.js';
import { type Admin, MemoryBroker } from '../../transport/index.js';
import { applyTopics } from './apply.js';
import { planTopics } from './plan.js';

const reads = (definition: TopicDefinition): AgentDescription => ({
  kind: 'event',
  name: definition.name,
  topic: definition,
  run: () => undefined,
});
const state = (...topics: readonly TopicDefinition[]): StateDescription => ({
  ...{ name: 'counts', topics, changelogs: ['shop-counts-changelog'] },
  open: () => {
    throw new Error('nothing is opened for a plan');
  },
});
const shop = (...topics: readonly TopicDefinition[]): Topology => ({
  ...{ app: { id: 'shop', errors: { then: 'stop' } }, agents: topics.map(reads), topics: [], hooks: [] },
  states: [state(...topics)],
});
const a = (partitions?: number) => topic('a', { partitions }) as TopicDefinition;
const b = (partitions?: number) => topic('b', { partitions }) as TopicDefinition;

let broker: MemoryBroker;
let admin: Admin;
beforeEach(async () => {
  broker = new MemoryBroker({ clock: new VirtualClock(), partitions: 3 });
  admin = await broker.transport().admin();
});
const numbers = async (topology: Topology) => {
  const { topics, problems } = await planTopics(topology, admin);
  return { numbers: Object.fromEntries(topics.map(({ wanted }) => [wanted.name, wanted.partitions])), problems };
};

describe('the plan of topics', () => {
  it('gives a changelog as many partitions as its topic has, or is to have', async () => {
    broker.createTopic({ name: 'a', partitions: 2 });
    expect((await numbers(shop(a()))).numbers).toEqual({ a: -1, 'shop-counts-changelog': 2 });
    expect((await numbers(shop(b(5)))).numbers).toEqual({ b: 5, 'shop-counts-changelog': 5 });
  });

  it('leaves the number of a changelog open while that of its topic is the broker’s, and creates it with that', async () => {
    expect(await numbers(shop(a()))).toEqual({ numbers: { a: -1, 'shop-counts-changelog': -1 }, problems: [] });
    await applyTopics(shop(a()), admin);
    expect(await admin.describe(['shop-counts-changelog'])).toEqual([{ name: 'shop-counts-changelog', partitions: 3 }]);
  });

  it('goes by the topic whose number is known, where another of the set is still to come', async () => {
    broker.createTopic({ name: 'b', partitions: 2 });
    expect((await numbers(shop(a(), b()))).numbers).toMatchObject({ 'shop-counts-changelog': 2 });
  });

  it('names topics that share state and have different numbers as a problem, and goes on', async () => {
    const { numbers: found, problems } = await numbers(shop(a(2), b(4)));
    expect(found).toEqual({ a: 2, b: 4 });
    expect(problems).toEqual([expect.stringMatching(/a has 2 and b has 4, and both feed shop-counts-changelog/)]);
  });

  it('takes no other spelling of a value for another value, and names a setting that the broker does not know', async () => {
    const spelling = { 'min.cleanable.dirty.ratio': '0.20', 'cleanup.policy': 'compact, delete' };
    const config = { 'min.cleanable.dirty.ratio': '0.2', 'cleanup.policy': 'compact,delete' };
    const spelled = topic('a', { config: { ...spelling, 'no.such': '1' } });
    broker.createTopic({ name: 'a', partitions: 1, config });
    const { topics } = await planTopics({ ...shop(spelled as TopicDefinition), states: [] }, admin);
    expect(topics.flatMap(({ steps }) => steps)).toEqual([{ kind: 'set', topic: 'a', setting: 'no.such', found: undefined, wanted: '1' }]);
  });
});
