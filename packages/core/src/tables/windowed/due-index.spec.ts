import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueIndex } from './due-index.js';

describe.each(['noted', 'key'] as const)('keys by the time at which they are due, those of one time in the order: %s', (order) => {
  it('come in the order of their times, whatever was noted and forgotten in between', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('note' as const), key: fc.nat(20), due: fc.nat(30) }),
      fc.record({ kind: fc.constant('forget' as const), key: fc.nat(20), due: fc.nat(30) }),
      fc.record({ kind: fc.constant('take' as const), key: fc.nat(0), due: fc.nat(35) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const index = new DueIndex(order);
        const there = new Set<string>();
        const earliest = () => Math.min(...[...there].map((each) => Number(each.split('@')[1])));
        for (const { kind, key, due } of actions) {
          const name = `${key}@${due}`;
          if (kind === 'note') {
            index.note(name, due);
            there.add(name);
          } else if (kind === 'forget') {
            index.forget(name, due);
            there.delete(name);
          } else {
            const taken = index.take(due);
            if (taken === undefined) expect(earliest()).toBeGreaterThan(due);
            else {
              expect(Number(taken.split('@')[1])).toBe(earliest());
              const alike = [...there].filter((each) => Number(each.split('@')[1]) === earliest()).sort();
              if (order === 'key') expect(taken).toBe(alike[0]);
              there.delete(taken);
            }
          }
          expect(index.next).toBe(earliest());
        }
      }),
    );
  });
});
