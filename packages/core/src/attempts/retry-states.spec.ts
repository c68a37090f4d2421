import { beforeEach, describe, expect, it } from '@jest/globals';
import { RetryStates } from './retry-states.js';

const at = (offset: number, partition = 3, topic = 'orders') => ({ topic, partition, offset });
const state = (tries: number) => ({ tries, error: new Error('no') });

describe('the retries of events that were taken away from their lanes', () => {
  let states: RetryStates;
  /** What is kept of those given. */
  const tries = (...offsets: number[]) => offsets.map((offset) => states.of('Shop.ship', at(offset))?.tries);

  beforeEach(() => {
    states = new RetryStates();
  });

  it('are none at first', () => {
    expect([states.isEmpty, states.of('Shop.ship', at(17)), states.has('Shop.ship', at(17))]).toEqual([true, undefined, false]);
    expect(() => states.forget('Shop.ship', at(17))).not.toThrow();
  });

  it('go on where they were, those of each agent and event for themselves', () => {
    states.keep('Shop.ship', at(17), { ...state(2), retryAt: 1_000, letter: 'alone' });
    states.keep('Shop.bill', at(17), state(5));
    states.keep('Shop.ship', at(17, 4), state(6));
    states.keep('Shop.ship', at(17, 3, 'returns'), state(7));
    expect(states.of('Shop.ship', at(17))).toMatchObject({ tries: 2, retryAt: 1_000, letter: 'alone' });
    expect([states.isEmpty, states.of('Shop.bill', at(17))?.tries, states.of('Shop.ship', at(17, 4))?.tries]).toEqual([false, 5, 6]);
    expect([states.of('Shop.ship', at(17, 3, 'returns'))?.tries, ...tries(1, 18, 170)]).toEqual([7, undefined, undefined, undefined]);
  });

  it('are those that were kept last', () => {
    states.keep('Shop.ship', at(17), state(1));
    states.keep('Shop.ship', at(17), state(2));
    expect(tries(17)).toEqual([2]);
  });

  it('are forgotten with an event that has come to its end', () => {
    for (const offset of [17, 18]) states.keep('Shop.ship', at(offset), state(1));
    states.forget('Shop.ship', at(17));
    states.forget('Shop.bill', at(18));
    expect([...tries(17, 18), states.isEmpty]).toEqual([undefined, 1, false]);
    states.forget('Shop.ship', at(18));
    expect(states.isEmpty).toBe(true);
  });

  it('are told by agent and partition, of which none is taken for another that begins alike', () => {
    states.keep('Shop.ship', at(17, 12), state(1));
    expect(states.has('Shop.ship', at(0, 12))).toBe(true);
    expect([states.has('Shop.ship', at(0, 1)), states.has('Shop.ship', at(0, 2)), states.has('Shop.shi', at(0, 12))]).toEqual([
      ...[false, false, false],
    ]);
    expect(states.has('Shop.ship', at(0, 12, 'order'))).toBe(false);
  });

  it('are forgotten with partitions that are no longer there', () => {
    for (const partition of [3, 4]) states.keep('Shop.ship', at(17, partition), state(partition));
    states.keepOnly(({ topic, partition }) => topic === 'orders' && partition === 3);
    expect([states.of('Shop.ship', at(17, 3))?.tries, states.of('Shop.ship', at(17, 4))]).toEqual([3, undefined]);
  });

  it('are forgotten behind what is committed on their partition, for all agents', () => {
    for (const offset of [16, 17, 18]) states.keep('Shop.ship', at(offset), state(1));
    states.keep('Shop.bill', at(16), state(1));
    states.keep('Shop.ship', at(16, 4), state(1));
    states.keep('Shop.ship', at(16, 3, 'returns'), state(1));
    states.forgetBefore(at(17));
    expect([...tries(16, 17, 18), states.of('Shop.bill', at(16))]).toEqual([undefined, 1, 1, undefined]);
    expect([states.of('Shop.ship', at(16, 4))?.tries, states.of('Shop.ship', at(16, 3, 'returns'))?.tries]).toEqual([1, 1]);
  });

  it('keep nothing of an event but its position', () => {
    const event = { ...at(17), value: 'large' };
    states.keep('Shop.ship', event, state(1));
    const seen: unknown[] = [];
    states.keepOnly((position) => seen.push(position) > 0);
    expect(seen).toEqual([at(17)]);
  });
});
