import { describe, expect, it } from '@jest/globals';
import { TopicSets } from './topic-sets.js';

describe('topic sets', () => {
  const sets = new TopicSets([['likes', 'views', 'visits'], ['orders']]);

  it('have the first of each lead, and no topic follow that is in none', () => {
    expect(sets.followers).toEqual(['views', 'visits']);
    expect(['likes', 'views', 'orders', 'others'].map((topic) => sets.follows(topic))).toEqual([false, true, false, false]);
    expect(['likes', 'views', 'orders', 'others'].map((topic) => sets.leadOf(topic))).toEqual(['likes', 'likes', 'orders', 'others']);
  });

  it('complete what the group gives by what follows', () => {
    const given = [
      { topic: 'likes', partition: 2 },
      { topic: 'others', partition: 0 },
    ];
    expect(sets.whole(given)).toEqual([
      { topic: 'likes', partition: 2 },
      { topic: 'views', partition: 2 },
      { topic: 'visits', partition: 2 },
      { topic: 'others', partition: 0 },
    ]);
    expect(new TopicSets().whole(given)).toEqual(given);
  });
});
