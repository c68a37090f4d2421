import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codecNamed } from '../../codecs/index.js';
import { WindowKeys } from './window-keys.js';

const keysOf = (codec: string) => new WindowKeys('t', codecNamed(codec), codecNamed('long'));
const time = fc.maxSafeInteger();

describe('the keys of windows in a changelog', () => {
  it('are read as they were written, whatever the key and the times', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), time, time, (key, start, end) => {
        fc.pre((key as unknown as { isWellFormed(): boolean }).isWellFormed());
        const keys = keysOf('string');
        const prefix = keys.prefixOf(key);
        for (const cellKey of [keys.cellKey(prefix, { start, end }), keys.keptKey(prefix, { start, end })]) {
          const bytes = keys.format.keyBytes(cellKey);
          expect(keys.format.cellKeyOf(bytes)).toBe(cellKey);
          expect([keys.keyOf(cellKey), keys.windowOf(cellKey)]).toEqual([key, { start, end }]);
        }
        expect(keys.isKept(keys.keptKey(prefix, { start, end }))).toBe(true);
        expect(keys.isKept(keys.cellKey(prefix, { start, end }))).toBe(false);
      }),
    );
  });

  it('lie in the order of the starts of one key', () => {
    fc.assert(
      fc.property(time, time, (one, other) => {
        const keys = keysOf('integer');
        const [first, second] = [one, other].map((start) =>
          keys.format.keyBytes(keys.cellKey(keys.prefixOf(7), { start, end: Number.MAX_SAFE_INTEGER })),
        );
        expect(Math.sign(Buffer.compare(first, second))).toBe(Math.sign(one - other));
      }),
    );
  });
});
