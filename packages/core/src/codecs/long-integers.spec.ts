import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codecNamed, longIntegers, mayHaveLongInteger } from './index.js';

const json = codecNamed('json') as { decode(text: string): unknown };

describe('an integer that no number holds exactly', () => {
  // It used to be rounded: 9007199254740993 was read as 9007199254740992.
  it('is refused by json, with its path and the way out', () => {
    const text = '{"a":1,"list":[{"id":1},{"id":9007199254740993,"x y":{"n":-12345678901234567890}}]}';
    expect(() => json.decode(text)).toThrow(
      expect.objectContaining({
        code: 'DECODE_FAILED',
        fields: [
          { path: 'list[1].id', expected: expect.stringContaining('are written as text'), received: '9007199254740993' },
          { path: 'list[1].x y.n', expected: expect.anything(), received: '-12345678901234567890' },
        ],
      }),
    );
  });

  it.each([
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '100000000000000000000',
    '1e300',
    '1.5e20',
    '0.1234567890123456789',
    '12345678901234567890.0',
    '"12345678901234567890"',
    '{"12345678901234567890":"a \\"12345678901234567890, b"}',
  ])('is none of %s', (text) => {
    expect(json.decode(text)).toEqual(JSON.parse(text));
  });

  it('is found wherever it stands', () => {
    const digits = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }).filter((each) => BigInt(Number(each)) !== each);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), digits, fc.nat(40), (around, integer, padding) => {
        const text = JSON.stringify([' '.repeat(padding), around, { id: '@@the place@@' }]).replace('"@@the place@@"', String(integer));
        expect(mayHaveLongInteger(text)).toBe(true);
        expect(longIntegers(text)).toContainEqual({ path: '[2].id', text: String(integer) });
      }),
    );
  });

  it('is told from texts, whatever the names are', () => {
    expect(longIntegers('{"":"@","":{"":"9007199254740993","a":9007199254740993}}')).toEqual([{ path: '.a', text: '9007199254740993' }]);
  });

  it('is not looked for where there are not so many digits', () => {
    expect(mayHaveLongInteger(JSON.stringify({ id: 123_456_789_012_345, at: new Date(0), phone: '+420 123 456 789' }))).toBe(false);
  });
});
