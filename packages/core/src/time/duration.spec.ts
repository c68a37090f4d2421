import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfigurationError } from '../errors/index.js';
import { durationMs, formatMs, isDuration } from './index.js';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    [' 5 s ', 5_000],
    ['40', 40],
    [0, 0],
    [12.5, 12.5],
  ])('%p is %p milliseconds', (text, ms) => {
    expect(durationMs(text as '5s')).toBe(ms);
    expect(isDuration(text)).toBe(true);
  });

  it.each([
    '',
    's',
    '5 seconds',
    '-1s',
    '5S',
    '1e3ms',
    '.5s',
    '5s5',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    `${'9'.repeat(309)}d`,
    null,
    undefined,
    {},
    true,
  ])('%p is none', (value) => {
    expect(isDuration(value)).toBe(false);
    expect(() => durationMs(value as '5s', 'commitInterval')).toThrow(ConfigurationError);
  });

  it('names the option, what came and what would have been right', () => {
    expect(() => durationMs('soon' as '5s', 'drainTimeout')).toThrow(
      /^drainTimeout: expected milliseconds or a text like '250ms'.*, got 'soon'$/,
    );
  });

  it('is what its number says in every unit', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])), (count, unit) => {
        expect(durationMs(`${count}${unit}`)).toBe(count * units[unit]);
      }),
    );
  });
});

describe('milliseconds as text', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_540, '1.5 s'],
    [59_900, '59.9 s'],
    [60_000, '1 m'],
    [125_000, '2 m 5 s'],
    [7_200_000, '120 m'],
  ])('%p reads as %p', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it('never counts sixty seconds beside a minute, nor a thousand milliseconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10_000_000, noNaN: true }), (ms) => {
        expect(formatMs(ms)).not.toMatch(/\b60 s|\b1000 ms/);
      }),
      { examples: [[59_999], [119_999], [999.9]] },
    );
  });
});
