import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrequentKeys } from './frequent-keys.js';

it('counts of keys are exact while these are few', () => {
  const keys = new FrequentKeys(3);
  for (const key of ['a', 'b', 'a', 'c', 'a']) keys.add(key);
  expect(Object.fromEntries(keys.counts)).toEqual({ a: 3, b: 1, c: 1 });
});

it('a key that comes more often than its share is found, whatever comes beside, and is counted too low by no more than that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(12).map(String), { maxLength: 200 }), (max, all) => {
      const keys = new FrequentKeys(max);
      for (const key of all) keys.add(key);
      expect(keys.counts.size).toBeLessThanOrEqual(max);
      for (const key of new Set(all)) {
        const count = all.filter((each) => each === key).length;
        const found = keys.counts.get(key) ?? 0;
        expect(found).toBeLessThanOrEqual(count);
        expect(found).toBeGreaterThanOrEqual(count - all.length / (max + 1));
      }
    }),
  );
});
