import { describe, expect, it } from '@jest/globals';
import type { Codec } from '../codecs/index.js';
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

  it('has a codec: by name, of a record class the same one each time, and one of one’s own as it is', () => {
    expect(codecOf('string').encode('ř')).toBe('ř');
    expect(codecOf(custom)).toBe(custom);
    expect(codecOf(Order)).toBe(codecOf(Order));
  });

  it('writes keys that are equal as equal bytes: of a record class in an order of its own', () => {
    expect(keyCodecOf('long')).toBe(codecOf('long'));
    expect(keyCodecOf(custom)).toBe(custom);
    expect(keyCodecOf(Order).encode({ b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });
});
