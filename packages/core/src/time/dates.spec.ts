import { describe, expect, it } from '@jest/globals';
import { dateOf } from './dates.js';

describe('a date as text', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['+012026-01-31T00:00:00.000Z', '+012026-01-31T00:00:00.000Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
  ])('is %s', (text, expected) => {
    expect(new Date(dateOf(text) as number).toISOString()).toBe(expected);
  });

  // `--timestamp 2024-02-30` was the first of March, `order 1` the first of January 2001.
  it.each(['2024-02-30', '2023-02-29', '2026-13-01', '2026-00-10', '2026-01-31T25:00Z', 'order 1', 'true', '1', 'May 5', '2026', ''])(
    'is not %j',
    (text) => {
      expect(dateOf(text)).toBeUndefined();
    },
  );
});
