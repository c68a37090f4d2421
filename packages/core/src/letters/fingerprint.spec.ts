import { describe, expect, it } from '@jest/globals';
import { DecodeError } from '../errors/index.js';
import { fingerprintOf } from './fingerprint.js';

class OutOfStock extends Error {}
class Blocked extends Error {}

/** Both are thrown at one place, as all errors of one method often are. */
function at(make: () => Error): string {
  const error = make();
  error.stack = `${error}\n    at Shop.take (/app/shop.ts:${error.message.length}:7)`;
  return fingerprintOf(error);
}

describe('the fingerprint of an error', () => {
  // Name and place alone: everything that one method threw was one line of `weir dlq list`.
  it('tells messages and classes apart', () => {
    const all = [
      at(() => new Error('no such customer')),
      at(() => new Error('the price is negative')),
      at(() => new OutOfStock('no such customer')),
      at(() => new Blocked('no such customer')),
      at(() => new TypeError('no such customer')),
      at(() => Object.assign(new Error('no such customer'), { name: 'Other' })),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ['order 17 is unknown', 'order 4711 is unknown'],
    ["no article 'lamp' in stock", "no article 'table with 3 legs' in stock"],
    ['no article "lamp" in stock', 'no article "" in stock'],
    ['customer 8c5f0f5e-1111-4c6e-9f6e-7d6c3b2a1f00 is blocked', 'customer 00000000-2222-4c6e-9f6e-7d6c3b2a1f99 is blocked'],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.77:6000'],
    ['cannot bill {"id":1}', 'cannot bill {"id":2,"more":[true]}'],
    ["it isn't there: 1", "it isn't there: 2"],
    ['after 1.5s', 'after 20s'],
  ])('is the same whatever the event: %s', (one, other) => {
    expect(at(() => new Error(one))).toBe(at(() => new Error(other)));
  });

  it('tells which fields cannot be decoded, not what they held', () => {
    const fault = (path: string, received: string) => at(() => new DecodeError('Order', [{ path, expected: 'a number', received }]));
    expect(fault('items[1].price', "'much'")).toBe(fault('items[20].price', 'true'));
    expect(fault('price', 'true')).not.toBe(fault('amount', 'true'));
  });

  it('is there for errors that cannot be asked', () => {
    const error = new Error('odd');
    Object.defineProperty(error, 'constructor', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(fingerprintOf(error)).toMatch(/^[0-9a-f]{12}$/);
  });
});
