import { describe, expect, it } from '@jest/globals';
import type { Topology } from '../../topology/index.js';
import type { GroupState } from '../../transport/index.js';
import { leftRetries } from './left-retries.js';

const topology = { app: { id: 'shop' }, states: [{ changelogs: ['shop-take-retries-changelog'] }] } as unknown as Topology;

const adminOf = (topics: readonly string[], groups: readonly string[]) => ({
  topics: async () => topics.map((name) => ({ name, partitions: 1 })),
  groupState: async (group: string): Promise<GroupState> => (groups.includes(group) ? 'active' : 'none'),
});

const found = async (topics: readonly string[], groups: readonly string[] = ['shop']) =>
  (await leftRetries(topology, adminOf(topics, groups))).map((each) => each.split(' ')[0]);

describe('what is parked of agents that an app has no more', () => {
  it('is told by its topic; that of agents which are there is not', async () => {
    expect(await found(['shop-take-retries-changelog', 'shop-Old.take-retries-changelog', 'shop-counts-changelog', 'orders'])).toEqual([
      'shop-Old.take-retries-changelog',
    ]);
  });

  it('is not that of an app whose id goes on from that of this one', async () => {
    const topics = ['shop-billing-take-retries-changelog', 'shop-v2-take-retries-changelog'];
    expect(await found(topics, ['shop', 'shop-billing', 'shop-v2'])).toEqual([]);
    expect(await found(topics)).toEqual(topics);
  });

  it('is not known where the broker does not tell of groups', async () => {
    const { topics } = adminOf(['shop-Old.take-retries-changelog'], []);
    expect(await leftRetries(topology, { topics })).toEqual([]);
  });
});
