import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { asError, caught, loggable, reason } from './index.js';

const broken = (): never => {
  throw new Error('not readable');
};
const unreadable = new Proxy({}, { get: broken, getPrototypeOf: broken, has: broken, ownKeys: broken, getOwnPropertyDescriptor: broken });
const withGetter = (name: string) => Object.defineProperty(new Error('x'), name, { get: broken, enumerable: true });

/** What handlers have thrown, and what becomes its reason. */
const things: readonly [string, unknown, string][] = [
  ['an error', new Error('no stock'), 'no stock'],
  ['an error without a message', new TypeError(''), 'TypeError'],
  ['a text', 'no stock', 'no stock'],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('stock'), 'Symbol(stock)'],
  ['an object', { code: 7 }, '{ code: 7 }'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['an object whose toString throws', { toString: broken }, 'a value that cannot be shown'],
  ['an object that cannot be read', unreadable, 'a value that cannot be shown'],
  ['a frozen error', Object.freeze(new Error('frozen')), 'frozen'],
  ['an error with a frozen cause', new Error('outer', { cause: Object.freeze(new Error('inner')) }), 'outer'],
  ['an error that carries what cannot be marked', Object.assign(new Error('x'), { response: Object.freeze({ message: 'no' }) }), 'x'],
  ['an error whose message is an object', Object.assign(new Error('x'), { message: { a: 1 } }), '{ a: 1 }'],
  ['an error whose message cannot be read', withGetter('message'), 'a value that cannot be shown'],
  ['an error whose stack cannot be read', withGetter('stack'), 'x'],
  ['an error with a property that cannot be read', withGetter('request'), 'x'],
  ['an error with symbols', Object.assign(new Error('x'), { name: Symbol('n'), code: Symbol('c') }), 'x'],
];

describe('whatever was thrown', () => {
  it.each(things)('has a reason: %s', (_, thrown, expected) => {
    expect(reason(thrown)).toBe(expected);
  });

  it.each(things)('is an error whose name, message and stack are text: %s', (_, thrown, expected) => {
    const { name, message, stack } = asError(caught(thrown));
    expect([typeof name, typeof stack]).toEqual(['string', 'string']);
    expect(message === '' ? name : message).toBe(expected);
  });

  it.each(things)('can be asked what it is: %s', (_, thrown) => {
    expect(() => caught(thrown) instanceof Error).not.toThrow();
  });

  it.each(things)('can be logged: %s', (_, thrown, expected) => {
    const lines: string[] = [];
    pino({}, { write: (line: string) => void lines.push(line) }).error({ err: loggable(thrown) }, 'failed');
    expect(lines.map((line) => (JSON.parse(line) as { err: { message: string } }).err.message || 'TypeError')).toEqual([
      expect.stringMatching(new RegExp(`^${expected.replace(/[[\]{}()]/g, '\\$&')}`)),
    ]);
  });

  it('is left as it is where nothing is wrong with it', () => {
    const error = new Error('no stock', { cause: new Error('inner') });
    expect([asError(error), caught(error), loggable(error)]).toEqual([error, error, error]);
    expect(loggable(error)).toBe(error);
    expect(caught('text')).toBe('text');
  });

  it('keeps the name and the stack of an error that must be copied', () => {
    const error = Object.freeze(new RangeError('frozen'));
    expect(loggable(error)).toMatchObject({ name: 'RangeError', stack: error.stack });
  });

  // The log showed where weir had made an error of it, as if that had thrown.
  it('has no stack of ours where it was no error', () => {
    for (const each of [asError('plain'), loggable('plain')]) expect(each.stack).toBe('Error: plain');
  });
});
