import { describe, expect, it } from '@jest/globals';
import { leftMs, type RecoveryState, recoveryBar, recoveryLine, shareRead } from './recovery-format.js';

const half: RecoveryState = { partitions: 12, read: 1_234_000, remaining: 1_234_000, perSecond: 310_500.4 };
const waiting = { for: 'transaction', at: 'counts-changelog[3]' } as const;

describe('the line of a recovery', () => {
  it('says how far it is, how fast, what is left and for how long', () => {
    expect(recoveryLine(half)).toBe('recovering tables: 50 %, 310,500 records/s, 1,234,000 left, done in 4 s, 12 partitions');
  });

  it('says what it waits for before anything else', () => {
    expect(recoveryLine({ ...half, partitions: 1, perSecond: 0, waiting })).toBe(
      'recovering tables: 50 %, waits for an open transaction (counts-changelog[3]), 0 records/s, 1,234,000 left, 1 partition',
    );
    expect(recoveryLine({ ...half, waiting: { for: 'broker', at: 'counts-changelog[3]' } })).toContain(
      'waits for a broker (counts-changelog[3])',
    );
  });

  it('promises no end that nobody knows, and is never done', () => {
    expect(leftMs({ ...half, perSecond: 0 })).toBeUndefined();
    const last = { ...half, remaining: 0 };
    expect(recoveryLine(last)).toBe('recovering tables: 99 %, 310,500 records/s, 0 left, 12 partitions');
    expect(shareRead({ partitions: 1, read: 0, remaining: 0, perSecond: 0 })).toBe(1);
  });
});

describe('the bar of a recovery', () => {
  it('is full in proportion', () => {
    expect(recoveryBar(half, 200)).toBe(
      'recovering [############------------] 50 %  310,500 records/s  1,234,000 left  done in 4 s  12 partitions',
    );
    expect(recoveryBar({ ...half, read: 0 }, 200)).toContain(`[${'-'.repeat(24)}] 0 %`);
  });

  it.each([20, 40, 80])('leaves the last column free of a terminal with %d', (columns) => {
    expect(recoveryBar({ ...half, waiting }, columns)).toHaveLength(columns - 1);
  });
});
