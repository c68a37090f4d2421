import { describe, expect, it } from '@jest/globals';
import { type Codec, decodeBytes, encodeBytes, json } from '../codecs/index.js';
import { codecOf, isSchema, keyCodecOf, schemaName } from './index.js';

class Order {}
const custom: Codec<number> = { encode: (value) => String(value), decode: (bytes) => Number(String(bytes)) };

describe('a schema', () => {
  it.each([['json'], ['json|gzip'], [Order], [custom], [{ ...custom, name: 'mine' }]])('can be %p', (schema) => {
    expect(isSchema(schema)).toBe(true);
  });

  it.each([[undefined], [null], [5], [{}], [{ encode: () => '' }], [[]]])('cannot be %p', (value) => {
    expect(isSchema(value)).toBe(false);
  });

  it('has a name for lists', () => {
    expect(schemaName('json|gzip')).toBe('json|gzip');
    expect(schemaName(Order)).toBe('Order');
    expect(schemaName(custom)).toBe('custom');
    expect(schemaName({ ...custom, name: 'mine' })).toBe('mine');
  });

  it('has a codec: by name, of a record class and of one’s own the same one each time, and those of weir as they are', () => {
    expect(codecOf('string').encode('ř')).toBe('ř');
    expect(codecOf(custom)).toBe(codecOf(custom));
    expect(codecOf(codecOf(custom))).toBe(codecOf(custom));
    expect(codecOf(json())).toBe(json());
    expect(codecOf(Order)).toBe(codecOf(Order));
  });

  it('writes keys that are equal as equal bytes: of a record class in an order of its own', () => {
    expect(keyCodecOf('long')).toBe(codecOf('long'));
    expect(keyCodecOf(custom)).toBe(codecOf(custom));
    expect(keyCodecOf(Order).encode({ b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });

  // Handlers were given undefined, and what was encoded failed with "Cannot read properties of undefined".
  it.each(['text', 'bytes'] as const)('refuses what a codec of one’s own gives that has no return, by its name: %s', (form) => {
    const idle = codecOf({ name: 'idle', form, encode: () => undefined, decode: () => undefined } as never);
    const encoding = 'idle: it gave nothing, and not text or bytes';
    expect(() => idle.encode(1)).toThrow(encoding);
    expect(() => encodeBytes(idle, 1)).toThrow(encoding);
    expect(() => decodeBytes(idle, Buffer.from('x'))).toThrow(
      'not a valid idle: expected a codec whose decode gives a value, got undefined. Have it return what it has decoded, or throw for bytes that it cannot read',
    );
    const nameless = codecOf({ form, encode: () => 5, decode: () => null } as never);
    expect(() => nameless.encode(1)).toThrow('custom: it gave 5, and not text or bytes');
    expect(decodeBytes(nameless, Buffer.from('x'))).toBeNull();
  });

  it('calls a codec of one’s own as its method', () => {
    class Doubling {
      readonly #times = 2;
      encode(value: number): string {
        return String(value * this.#times);
      }
      decode(bytes: Buffer): number {
        return Number(String(bytes)) / this.#times;
      }
    }
    const codec = codecOf(new Doubling());
    expect(codec).not.toHaveProperty('name');
    expect([codec.encode(4), decodeBytes(codec, Buffer.from('8'))]).toEqual(['8', 4]);
  });
});
