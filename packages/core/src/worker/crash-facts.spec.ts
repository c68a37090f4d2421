import { describe, expect, test } from '@jest/globals';
import { type CodeState, type Crash, Suspicion } from './crash-facts.js';

const at = { topic: 'orders', partition: 0 };
const other = { topic: 'orders', partition: 1 };

function crash(from: number, to: number, alone?: number, state: CodeState = 'runs'): Crash {
  const held = { agent: 'bill', ...at };
  return {
    isKnown: true,
    held: [{ ...held, from, to }],
    alone: alone === undefined ? undefined : { ...held, from: alone, to: alone },
    state,
  };
}

const unknown: Crash = { isKnown: false, held: [], alone: undefined, state: 'waits' };

describe('what crashes say about an event', () => {
  test('each crash with it in hand counts, for its agent and its partition only', () => {
    const crashes = [crash(5, 9), crash(7, 7)];
    expect([5, 7, 9, 10].map((offset) => new Suspicion(crashes, 'bill', at).of(offset).crashes)).toEqual([1, 2, 1, 0]);
    expect(new Suspicion(crashes, 'ship', at).of(7).crashes).toBe(0);
    expect(new Suspicion(crashes, 'bill', other).of(7).crashes).toBe(0);
  });

  test('a crash without notes is put down to what is in hand at the very next one', () => {
    expect(new Suspicion([unknown, crash(7, 8)], 'bill', at).of(7).crashes).toBe(2);
    expect(new Suspicion([unknown, crash(1, 2), crash(7, 8)], 'bill', at).of(7).crashes).toBe(1);
    expect(new Suspicion([unknown], 'bill', at).of(7).crashes).toBe(0);
  });

  test('events that were in hand twice run alone, and the third crash counts for the one that ran', () => {
    const twice = new Suspicion([crash(5, 9), crash(7, 12)], 'bill', at);
    expect(twice.until).toBe(10);
    const third = new Suspicion([crash(5, 9), crash(7, 12), crash(7, 12, 8)], 'bill', at);
    expect([7, 8, 9, 12].map((offset) => third.of(offset).crashes)).toEqual([2, 3, 2, 2]);
  });

  test('one that ran alone counts half when it only waited, and not at all when it was done', () => {
    const twice = [crash(7, 9), crash(7, 9)];
    const blame = (...states: CodeState[]) => new Suspicion([...twice, ...states.map((state) => crash(7, 9, 7, state))], 'bill', at).of(7);
    expect(blame('runs')).toEqual({ crashes: 3, weight: 3, isLate: false });
    expect(blame('waits')).toEqual({ crashes: 3, weight: 2.5, isLate: false });
    expect(blame('waits', 'waits')).toEqual({ crashes: 4, weight: 3, isLate: false });
    expect(blame('late', 'late')).toEqual({ crashes: 4, weight: 2, isLate: true });
    expect(blame('late', 'runs')).toEqual({ crashes: 4, weight: 3, isLate: true });
  });

  test('no event runs alone after one crash', () => {
    expect(new Suspicion([crash(5, 9)], 'bill', at).until).toBe(0);
    expect(new Suspicion([], 'bill', at).until).toBe(0);
  });
});
