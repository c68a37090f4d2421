import { describe, expect, it } from '@jest/globals';
import { IsOptional } from 'class-validator';
import type { Class } from '../metadata/index.js';
import type { RecordOptions } from './index.js';
import { codecOf as codec, faults, Order, order, Registration, ways } from './record-codec.fixture.js';

describe.each(ways)('what a record does not declare, with a codec of %s', (_, make) => {
  const codecOf = <T extends object>(record: Class<T>, options?: RecordOptions) => codec(make, record, options);

  describe('unknown fields', () => {
    const message = order({ items: [{ sku: 'a', price: 1, colour: 'red' }], extra: { deep: 1 } });
    const declared = (unknown: RecordOptions['unknown']) => {
      class Declared extends Order {}
      return codecOf(Declared, { unknown });
    };

    it('are dropped unless the record says otherwise, in nested records too', () => {
      expect(codecOf(Order).decode(message)).toEqual(JSON.parse(order()));
    });

    it('are kept on request', () => {
      expect(declared('keep').decode(message)).toEqual(JSON.parse(message));
    });

    it('are refused on request, each by name', () => {
      expect(faults(() => declared('reject').decode(message))).toEqual([
        { path: 'extra', expected: 'no such field', received: '{"deep":1}' },
        { path: 'items[0].colour', expected: 'no such field', received: "'red'" },
      ]);
    });

    it('do not exist for a class without validators: it keeps everything', () => {
      class Bare {
        id?: number;
      }
      const bare = codecOf(Bare).decode('{"id":1,"more":[{"a":1}]}');
      expect(bare).toBeInstanceOf(Bare);
      expect(bare).toEqual({ id: 1, more: [{ a: 1 }] });
    });

    it('cannot take the place of methods or of read-only properties', () => {
      class Person extends Registration {}
      const person = codecOf(Person, { unknown: 'keep' }).decode('{"name":"a","surname":"b","id":1,"whole":"x","toString":"x"}');
      expect(person.whole).toBe('a b');
      expect(String(person)).toBe('[object Object]');
    });
  });

  describe('what Faust adds', () => {
    const message = order({ __faust: { ns: 'app.Order' }, items: [{ sku: 'a', price: 1, __faust: { ns: 'app.Item' } }] });

    it.each(['strip', 'keep', 'reject'] as const)(
      'is dropped at every level before anything is validated, also when unknown fields are to %s',
      (unknown) => {
        class Declared extends Order {}
        expect(codecOf(Declared, { unknown }).decode(message)).toEqual(JSON.parse(order()));
      },
    );

    it('is dropped from fields that say nothing of their shape', () => {
      class Loose {
        @IsOptional() data?: unknown;
      }
      expect(codecOf(Loose).decode('{"data":{"a":[{"__faust":{"ns":"x"},"b":1}]}}')).toEqual({ data: { a: [{ b: 1 }] } });
    });
  });

  describe('keys that pose as the prototype', () => {
    class Loose {
      @IsOptional() data?: Record<string, unknown>;
    }
    const attack =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"data":{"__proto__":{"polluted":1},"constructor":"x","ok":{"__proto__":[],"a":1}}}';

    it.each(['strip', 'keep'] as const)('are ignored at every level when unknown fields are to %s', (unknown) => {
      class Declared extends Loose {}
      const loose = codecOf(Declared, { unknown }).decode(attack);
      expect(Object.getPrototypeOf(loose)).toBe(Declared.prototype);
      expect(Object.keys(loose)).toEqual(['data']);
      expect(JSON.stringify(loose.data)).toBe('{"ok":{"a":1}}');
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    });
  });
});
