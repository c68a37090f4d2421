import { describe, expect, it } from '@jest/globals';
import { TopicSets } from '@weir/core/internal/transport';
import { ManualClock } from '../manual-clock.fixture.js';
import { silent } from '../silent.fixture.js';
import { SubscribedTopics } from './subscribed-topics.js';

describe('subscribed topics', () => {
  it('subscribes to names without asking whether they exist', async () => {
    const { topics, subscribed } = make([]);
    await topics.change(['b', 'a', 'b']);
    expect(subscribed).toEqual([['a', 'b']]);
  });

  it('takes in what a pattern matches, now and later, and not what belongs to the broker or to the app itself', async () => {
    const { topics, subscribed, existing, clock } = make(['orders-1', 'other', '__orders-offsets', 'orders-dead-letters']);
    await topics.change([/orders/g, 'fixed']);
    existing.push('orders-2');
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(subscribed).toEqual([
      ['fixed', 'orders-1'],
      ['fixed', 'orders-1', 'orders-2'],
    ]);
  });

  it('subscribes to none that follows another, by its name or by a pattern', async () => {
    const { topics, subscribed } = make(['orders', 'orders-followers', 'orders-1']);
    await topics.change(['orders', 'orders-followers', /^orders/]);
    expect(subscribed).toEqual([['orders', 'orders-1']]);
  });

  it('goes on looking when the broker was away for a moment', async () => {
    const { topics, subscribed, existing, clock } = make(['a-1']);
    await topics.change([/^a/]);
    const [first] = existing.splice(0, 1, new Error('away') as unknown as string);
    await clock.advance(1_000);
    existing.splice(0, 1, first!, 'a-2');
    await clock.advance(1_000);
    expect(subscribed.at(-1)).toEqual(['a-1', 'a-2']);
  });

  it('stops looking', async () => {
    const { topics, subscribed, existing, clock } = make(['a-1']);
    await topics.change([/^a/]);
    topics.stop();
    existing.push('a-2');
    await clock.advance(1_000);
    expect(subscribed).toEqual([['a-1']]);
  });

  it('makes nothing of what it was just looking for when it was stopped', async () => {
    const { topics, subscribed, existing, clock } = make(['a-1']);
    await topics.change([/^a/]);
    existing.push('a-2');
    const looked = clock.advance(1_000);
    topics.stop();
    await looked;
    await clock.advance(1_000);
    expect(subscribed).toEqual([['a-1']]);
  });

  it('subscribes as before without a broker, and goes on looking', async () => {
    const { topics, subscribed, existing, clock } = make(['a-1']);
    await topics.change([/^a/]);
    topics.stop();
    const away = new Error('away') as unknown as string;
    existing.push(away);
    topics.resume();
    expect(subscribed).toEqual([['a-1'], ['a-1']]);
    existing.splice(1, 1, 'a-2');
    await clock.advance(1_000);
    expect(subscribed.at(-1)).toEqual(['a-1', 'a-2']);
  });
});

function make(existing: string[]) {
  const clock = new ManualClock();
  const subscribed: (readonly string[])[] = [];
  const topics = new SubscribedTopics({
    clock,
    logger: silent,
    everyMs: 1_000,
    internal: ['orders-dead-letters'],
    sets: new TopicSets([['orders', 'orders-followers']]),
    existing: async () => {
      const away = existing.find((each) => typeof each !== 'string');
      if (away !== undefined) throw away;
      return [...existing];
    },
    subscribe: (names) => subscribed.push(names),
  });
  return { topics, subscribed, existing, clock };
}
