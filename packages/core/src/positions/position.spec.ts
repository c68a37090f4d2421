import { describe, expect, it } from '@jest/globals';
import { formatPosition } from './index.js';

describe('a position', () => {
  // A message that no broker acknowledges (`acks: 0`) was written to `orders[0]@-1`.
  it('has no offset where none is known', () => {
    expect(formatPosition({ topic: 'orders', partition: 0, offset: -1 })).toBe('orders[0]');
    expect(formatPosition({ topic: 'orders', partition: 0, offset: 0 })).toBe('orders[0]@0');
  });
});
