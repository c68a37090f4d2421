import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CodecError } from '../errors/index.js';
import { codecNamed, Losslessness } from './index.js';
import { lossOf } from './loss.js';

const codec = codecNamed('json');

function refusal(value: unknown): string {
  try {
    codec.encode(value);
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
  return 'written';
}

class Money {
  constructor(readonly cents: number) {}
}

class Spoken {
  constructor(readonly said: unknown) {}
  toJSON(): unknown {
    return this.said;
  }
}

const hole = [1, 2, 3];
delete hole[1];
const circular: Record<string, unknown> = { list: [] };
(circular.list as unknown[]).push(circular);

describe('json', () => {
  // These used to be written as {} or null, or as numbers that were never given.
  it.each([
    ['a promise', { user: Promise.resolve(1) }, 'user: it is a promise. Await it first'],
    ['a Map', { a: { byId: new Map([[1, 2]]) } }, 'a.byId: it is a Map. Send Object.fromEntries(map)'],
    ['a Set', [new Set([1])], '[0]: it is a Set. Send [...set]'],
    ['an Error', { error: new Error('no') }, 'error: it is an Error. Send'],
    ['an Error with members', { error: Object.assign(new Error('no'), { code: 'ENOENT' }) }, 'error: it is an Error'],
    ['a RegExp', { pattern: /a/ }, 'pattern: it is of type RegExp'],
    ['a WeakMap', { cache: new WeakMap() }, 'cache: it is of type WeakMap'],
    ['an iterator', { rows: [1].values() }, 'rows: it is of type Array Iterator'],
    ['NaN', { items: [{ price: 1 }, { price: Number.NaN }] }, 'items[1].price: it is NaN. JSON has no such number'],
    ['Infinity', Number.POSITIVE_INFINITY, 'cannot encode Infinity.'],
    ['an invalid date', { at: new Date('x') }, 'at: it is an invalid date'],
    ['undefined in a list', [1, undefined], '[1]: it is undefined. In a list'],
    ['a function in a list', [() => 1], '[0]: it is a function'],
    ['a hole in a list', hole, '[1]: it is undefined'],
    ['bytes', { body: Buffer.from('x') }, "body: it is bytes. Send a text, such as bytes.toString('base64')"],
    ['a typed array', { points: new Float64Array(2) }, 'points: it is bytes'],
    ['a symbol', { kind: Symbol('x') }, 'kind: it is Symbol(x)'],
    ['a bigint', { ids: [1n] }, 'ids[0]: it is 1n. JSON has no bigint'],
    ['a cycle', circular, 'list[0]: it is a part of itself'],
    ['a boxed NaN', { n: Object(Number.NaN) as unknown }, 'n: it is NaN'],
    [
      'an integer that JSON would say otherwise',
      { id: 2 ** 60 },
      'id: it is the integer 1152921504606846976. JSON would say 1152921504606847000',
    ],
    // What toJSON gave was not looked at: of these {} was written.
    ['a promise of toJSON', { at: new Spoken(Promise.resolve(1)) }, 'at: it is a promise. Await it first'],
    ['a Map of toJSON', new Spoken(new Map([[1, 2]])), 'cannot encode a Map. Send'],
    ['a date of toJSON', { at: new Spoken(new Date(0)) }, 'at: it is a date that its toJSON gave. JSON writes {} for it'],
    ['bytes of toJSON', { at: new Spoken(Buffer.from('x')) }, 'at: it is bytes'],
    ['what toJSON says', { at: new Spoken({ n: Number.NaN }) }, 'at.n: it is NaN'],
  ])('does not write %s', (_, value, says) => {
    expect(refusal(value)).toContain(says);
  });

  it.each([
    ['dates, as ISO texts', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['members without undefined ones and functions', { a: 1, b: undefined, c: () => 1 }, '{"a":1}'],
    ['what toJSON gives', { price: new Spoken('1.20') }, '{"price":"1.20"}'],
    ['members of classes', { price: new Money(120), none: Object.create(null) as unknown }, '{"price":{"cents":120},"none":{}}'],
    ['URLs', [new URL('http://a.b/')], '["http://a.b/"]'],
    ['boxed values', [Object(1), Object('a')], '[1,"a"]'],
    ['-0, the same number', [-0], '[0]'],
    ['measures of any size', [1e21, 1e300, 5e-324, 1e20, 2 ** 53], '[1e+21,1e+300,5e-324,100000000000000000000,9007199254740992]'],
    ['a module', { path: { ...(globalThis.Math as object) } }, '{"path":{}}'],
  ])('writes %s', (_, value, text) => {
    expect(codec.encode(value)).toBe(text);
  });

  it('reads back what it has written, whatever that was', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
        if (refusal(value) !== 'written') return;
        const text = codec.encode(value) as string;
        expect(JSON.stringify(codec.decode(text as never))).toBe(text);
      }),
    );
  });

  it('takes the word of toJSON at the first look where that is a text or a number: dates are in many messages', () => {
    const losslessness = new Losslessness();
    expect(losslessness.of({ at: new Date(0), price: new Spoken('1.20'), list: [new Date(1)] })).toBe(true);
    expect(
      [{ at: new Date('x') }, { price: new Spoken(Number.NaN) }, { price: new Spoken({}) }].map((each) => losslessness.of(each)),
    ).toEqual([false, false, false]);
  });

  it('looks twice only: what passes the first look would pass the second', () => {
    const losslessness = new Losslessness();
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withBoxedValues: true,
    });
    fc.assert(fc.property(anything, (value) => expect(!losslessness.of(value) || lossOf(value) === undefined).toBe(true)));
  });

  it('tells what a getter throws', () => {
    const failing = {
      get a(): never {
        throw new Error('not today');
      },
    };
    expect(() => codec.encode(failing)).toThrow('not today');
  });
});
