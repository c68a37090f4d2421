import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codecNamed, decodeBytes, encodeBytes } from './index.js';

/** What Java's serializers write: `new IntegerSerializer().serialize(null, 42)` and so on. */
const golden: readonly [codec: string, value: unknown, hex: string][] = [
  ['integer', 0, '00000000'],
  ['integer', 42, '0000002a'],
  ['integer', -1, 'ffffffff'],
  ['integer', 2147483647, '7fffffff'],
  ['integer', -2147483648, '80000000'],
  ['long', 42, '000000000000002a'],
  ['long', -1, 'ffffffffffffffff'],
  ['long', 4294967296, '0000000100000000'],
  ['long', -4294967297, 'fffffffeffffffff'],
  ['long', Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ['long', Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
  ['double', 1.5, '3ff8000000000000'],
  ['double', -0, '8000000000000000'],
  ['double', Number.POSITIVE_INFINITY, '7ff0000000000000'],
  ['double', Number.NaN, '7ff8000000000000'],
  ['boolean', true, '01'],
  ['boolean', false, '00'],
  ['string', 'Eliška', '456c69c5a16b61'],
];

describe('codecs of fixed width', () => {
  it.each(golden)('%s writes %p as Java does', (name, value, hex) => {
    expect(encodeBytes(codecNamed(name), value).toString('hex')).toBe(hex);
    expect(decodeBytes(codecNamed(name), Buffer.from(hex, 'hex'))).toBe(value);
  });

  it('read every safe integer back as it was', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => decodeBytes(codecNamed('long'), encodeBytes(codecNamed('long'), value)) === value),
    );
  });

  it.each([
    ['integer', 2147483648, '2147483647'],
    ['integer', 1.5, 'whole number'],
    ['integer', '1', 'whole number'],
    ['long', 2 ** 53, '2**53 - 1'],
    ['long', 0.5, 'whole number'],
    ['double', '1.5', 'a number'],
    ['boolean', 1, 'true or false'],
    ['boolean', undefined, 'true or false'],
  ])('%s refuses to write %p and says what it takes', (name, value, remedy) => {
    expect(() => codecNamed(name).encode(value)).toThrow(
      expect.objectContaining({ code: 'ENCODE_FAILED', message: expect.stringContaining(remedy) }),
    );
  });

  it.each([
    ['integer', '00', 'expected 4 bytes, got 1 byte: 0x00'],
    ['integer', '0000000000', 'expected 4 bytes, got 5 bytes'],
    ['long', '0000002a', 'expected 8 bytes, got 4 bytes'],
    ['long', '7fffffffffffffff', 'a long that a number holds exactly'],
    ['double', '', 'expected 8 bytes, got 0 bytes'],
    ['boolean', '02', 'expected the byte 1 or 0'],
  ])('%s refuses to read 0x%s', (name, hex, message) => {
    expect(() => decodeBytes(codecNamed(name), Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'DECODE_FAILED', message: expect.stringContaining(message) }),
    );
  });
});
