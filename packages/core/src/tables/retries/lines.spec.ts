import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lines } from './lines.js';
import { offsetIn } from './parked-format.js';

const key = (name: string) => Buffer.from(name);

describe('lines of parked events', () => {
  it('have the events of one key in the order of their offsets, and each event without a key by itself', () => {
    const lines = new Lines('orders', true);
    for (const offset of [5, 3, 9, 3]) lines.add(lines.cellKey(key('a'), offset, 0));
    for (const offset of [4, 6]) lines.add(lines.cellKey(null, offset, 0));
    expect([...lines].map(({ cellKeys }) => cellKeys.map(offsetIn))).toEqual([[3, 5, 9], [4], [6]]);
    expect(lines.count).toBe(5);
    expect([lines.behind(key('a')) !== undefined, lines.behind(key('b')), lines.behind(null)]).toEqual([true, undefined, undefined]);
  });

  it('have each event by itself where there is no order', () => {
    const lines = new Lines('orders', false);
    for (const offset of [5, 3]) lines.add(lines.cellKey(key('a'), offset, 0));
    expect([[...lines].length, lines.behind(key('a'))]).toEqual([2, undefined]);
  });

  it('tell keys apart that continue each other, and the empty key from none', () => {
    const lines = new Lines('orders', true);
    lines.add(lines.cellKey(key(''), 1, 0));
    lines.add(lines.cellKey(key('a'), 2, 0));
    expect([lines.behind(key('')) !== undefined, lines.behind(key('ab')), lines.behind(null)]).toEqual([true, undefined, undefined]);
  });

  it('are a model of what is there, whatever comes, goes, is forgotten and taken back', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constantFrom('go' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constantFrom('commit' as const, 'rewind' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lines = new Lines('orders', true);
        let committed = new Set<string>();
        let there = new Set<string>();
        let offset = 0;
        const isThere = (cellKey: string) => there.has(cellKey);
        for (const each of steps) {
          if (each.do === 'add') {
            const cellKey = lines.cellKey(key(each.key), offset++, 0);
            lines.add(cellKey);
            there.add(cellKey);
          } else if (each.do === 'go') {
            const line = lines.behind(key(each.key));
            if (line === undefined) continue;
            there.delete(line.cellKeys[line.head]);
            lines.advance(line, isThere);
          } else if (each.do === 'commit') {
            committed = new Set(there);
            for (const line of [...lines]) lines.compact(line, (cellKey) => !there.has(cellKey));
          } else {
            for (const cellKey of [...there]) if (!committed.has(cellKey)) lines.remove(cellKey);
            for (const line of [...lines]) for (const cellKey of [...line.cellKeys]) if (!committed.has(cellKey)) lines.remove(cellKey);
            there = new Set(committed);
            for (const line of lines) lines.rewind(line, isThere);
          }
          const found = [...lines].flatMap((line) => line.cellKeys.slice(line.head));
          expect(new Set(found)).toEqual(there);
          expect(lines.count).toBe(there.size);
          for (const { cellKeys } of lines) expect(cellKeys.map(offsetIn)).toEqual(cellKeys.map(offsetIn).sort((a, b) => a - b));
        }
      }),
    );
  });
});
