import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsDate, IsEmail, IsInt, IsNumber, IsOptional, IsString, MaxLength, MinLength, ValidateNested } from 'class-validator';
import type { Class } from '../metadata/index.js';
import { compiler } from './decoders/compile.js';
import { type RecordOptions, recordCodec, recordOptions } from './index.js';
import { codecOf as codec, faults, Item, Order, order, Registration, ways } from './record-codec.fixture.js';
import { RecordCodec } from './record-codec.js';

describe.each(ways)('a record codec of %s', (_, make) => {
  const codecOf = <T extends object>(record: Class<T>, options?: RecordOptions) => codec(make, record, options);

  describe('decoding', () => {
    it('gives instances of the class, with its methods', () => {
      const person = codecOf(Registration).decode('{"name":"Eliška","surname":"Najbrtová","id":4}');
      expect(person).toBeInstanceOf(Registration);
      expect(person).toEqual({ name: 'Eliška', surname: 'Najbrtová', id: 4 });
      expect(person.whole).toBe('Eliška Najbrtová');
    });

    it('gives nested records as instances too', () => {
      expect(codecOf(Order).decode(order()).items[0]).toBeInstanceOf(Item);
    });

    it('lists every field that is wrong: where, what was expected, what came', () => {
      const wrong = order({ id: '1', currency: 'USD', items: [{ sku: 'a', price: 1 }, { sku: 2, price: -1 }, 'c', null], tags: ['a', 3] });
      expect(faults(() => codecOf(Order).decode(wrong))).toEqual([
        { path: 'id', expected: 'an integer number', received: "'1'" },
        { path: 'currency', expected: "one of 'CZK', 'EUR'", received: "'USD'" },
        { path: 'items[1].sku', expected: 'a string', received: '2' },
        { path: 'items[1].price', expected: 'at least 0', received: '-1' },
        { path: 'items[2]', expected: 'an object', received: "'c'" },
        { path: 'items[3]', expected: 'an object', received: 'null' },
        { path: 'tags[1]', expected: 'a string', received: '3' },
      ]);
    });

    it('names the record and the fields in its message', () => {
      expect(() => codecOf(Registration).decode('{"name":"Eliška","surname":1}')).toThrow(
        'not a valid Registration: surname: expected a string, got 1; id: expected an integer number, got nothing',
      );
    });

    it('says which item of a list is null', () => {
      expect(faults(() => codecOf(Order).decode(order({ items: [null] })))).toEqual([
        { path: 'items[0]', expected: 'an object', received: 'null' },
      ]);
    });

    it('shortens what came', () => {
      const [fault] = faults(() => codecOf(Registration).decode(JSON.stringify({ name: ['x'.repeat(500)], surname: '', id: 1 })));
      expect(fault.received).toHaveLength(80);
    });

    it.each(['[]', 'null', '3', '"text"', 'true', '[{"id":1}]'])('refuses %s, which is not an object', (text) => {
      expect(faults(() => codecOf(Registration).decode(text))).toEqual([expect.objectContaining({ path: '', expected: 'a JSON object' })]);
    });

    it.each(['', '{', '{"id":01}'])('refuses %p, which is not JSON', (text) => {
      expect(faults(() => codecOf(Registration).decode(text))).toEqual([expect.objectContaining({ path: '', expected: 'JSON' })]);
    });

    it('says in the words of a decorator that it does not know what is wrong', () => {
      class Contact {
        @IsEmail() email!: string;
        @MinLength(3, { message: 'a name of three letters' }) name!: string;
      }
      expect(faults(() => codecOf(Contact).decode('{"email":"nobody","name":"x"}'))).toEqual([
        { path: 'email', expected: 'an email', received: "'nobody'" },
        { path: 'name', expected: 'a name of three letters', received: "'x'" },
      ]);
    });

    it('tells how to declare a nested record that it cannot check', () => {
      class Place {
        city?: string;
      }
      class Untyped {
        @ValidateNested() place!: Place;
      }
      class Unchecked {
        @ValidateNested() @Type(() => Place) place!: Place;
      }
      const expected = [expect.objectContaining({ path: 'place', expected: expect.stringContaining('a record with validators') })];
      expect(faults(() => codecOf(Untyped).decode('{"place":{"city":"Brno"}}'))).toEqual(expected);
      expect(faults(() => codecOf(Unchecked).decode('{"place":{"city":"Brno"}}'))).toEqual(expected);
    });

    it('reports an exception of the class or its validators as a message that cannot be decoded', () => {
      class Demanding {
        @IsInt() id: number;
        constructor(given: { readonly id: number }) {
          this.id = given.id;
        }
      }
      expect(() => codecOf(Demanding).decode('{"id":1}')).toThrow(
        expect.objectContaining({ code: 'DECODE_FAILED', cause: expect.anything() }),
      );
    });
  });

  describe('a field that is absent', () => {
    class Defaults {
      @IsString() currency = 'CZK';
      @IsOptional() @IsInt() count: number | null = 3;
      @IsOptional() @IsString() note?: string;
      total = 0;
    }

    it('keeps what the class gives it', () => {
      expect(codecOf(Defaults).decode('{}')).toEqual({ currency: 'CZK', count: 3, total: 0 });
    });

    it('may be null when it is optional, and stays null', () => {
      expect(codecOf(Defaults).decode('{"count":null,"note":null}')).toMatchObject({ count: null, note: null });
    });

    it('may not be null when it is not', () => {
      expect(faults(() => codecOf(Defaults).decode('{"currency":null}'))).toEqual([
        { path: 'currency', expected: 'a string', received: 'null' },
      ]);
    });

    it('is not the same as one that nothing declares: what the class initialises stays', () => {
      expect(codecOf(Defaults).decode('{"total":9}')).toEqual({ currency: 'CZK', count: 3, total: 0 });
    });

    it('is so too in a class that only class-transformer can build', () => {
      class Trimmed extends Defaults {
        @Transform(({ value }) => String(value).trim()) @IsString() name!: string;
      }
      expect(codecOf(Trimmed).decode('{"name":" x ","total":9,"stray":1}')).toEqual({ name: 'x', currency: 'CZK', count: 3, total: 0 });
    });
  });

  describe('a class that extends a record', () => {
    class Animal {
      @IsString() name!: string;
      @IsInt() age = 1;
    }
    class Dog extends Animal {
      @IsBoolean() good!: boolean;
      @MaxLength(3) override name = '';
    }

    it('has the fields of both', () => {
      const dog = codecOf(Dog).decode('{"name":"Rek","good":true}');
      expect(dog).toBeInstanceOf(Dog);
      expect(dog).toEqual({ name: 'Rek', age: 1, good: true });
    });

    it('may declare a field anew', () => {
      expect(faults(() => codecOf(Dog).decode('{"name":"Alík","good":1}'))).toEqual([
        { path: 'good', expected: 'true or false', received: '1' },
        { path: 'name', expected: 'at most 3 characters', received: "'Alík'" },
      ]);
    });

    it('has the options of the record', () => {
      recordOptions.write(Animal, { name: 'animal', unknown: 'reject' });
      expect(() => codecOf(Dog).decode('{"name":"Rek","good":true,"colour":"red"}')).toThrow(
        'not a valid Dog: colour: expected no such field',
      );
      expect(codecOf(Animal).name).toBe('animal');
    });
  });

  describe('dates', () => {
    class Visit {
      @IsDate() @Type(() => Date) at!: Date;
      @IsOptional() @IsDate({ each: true }) @Type(() => Date) others?: Date[];
    }

    it('are read from ISO texts, singly and in lists', () => {
      const visit = codecOf(Visit).decode('{"at":"2026-01-02T03:04:05.678Z","others":["2026-01-02"]}');
      expect(visit.at).toEqual(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)));
      expect(visit.others).toEqual([new Date('2026-01-02')]);
    });

    it('are refused as they came', () => {
      expect(faults(() => codecOf(Visit).decode('{"at":"tomorrow","others":["2026-01-02","x"]}'))).toEqual([
        { path: 'at', expected: 'a date', received: "'tomorrow'" },
        { path: 'others[1]', expected: 'a date', received: "'x'" },
      ]);
    });

    it('need a word on how to read them', () => {
      class Forgotten {
        @IsDate() at!: Date;
      }
      expect(faults(() => codecOf(Forgotten).decode('{"at":"2026-01-02"}'))[0].expected).toContain('add @Type(() => Date)');
    });
  });

  describe('with coerce', () => {
    class Loose {
      @IsInt() id!: number;
      @IsNumber({}, { each: true }) amounts!: number[];
      @IsBoolean() active!: boolean;
      @IsString() code!: string;
      @IsDate() at!: Date;
      @IsOptional() @ValidateNested() @Type(() => Item) item?: Item;
    }
    const codec = codecOf(Loose, { coerce: true });
    const message = { id: '42', amounts: ['1.5', 2], active: 'true', code: 7, at: '2026-01-02', item: { sku: 1, price: '3' } };

    it('reads values that are written in another type, in nested records too', () => {
      expect(codec.decode(JSON.stringify(message))).toEqual({
        id: 42,
        amounts: [1.5, 2],
        active: true,
        code: '7',
        at: new Date('2026-01-02'),
        item: { sku: '1', price: 3 },
      });
    });

    it.each([1_767_323_045_678, '1767323045678', '2026-01-02T03:04:05.678Z'])('reads a date from %p', (at) => {
      expect(codec.decode(JSON.stringify({ ...message, at })).at.toISOString()).toBe('2026-01-02T03:04:05.678Z');
    });

    // They were the first of January 2001 and the first of March.
    it.each(['order 1', '2026-02-30', true])('reads no date from %p', (at) => {
      expect(faults(() => codec.decode(JSON.stringify({ ...message, at })))).toMatchObject([{ path: 'at', expected: 'a date' }]);
    });

    it('leaves what cannot be read to be refused as it came', () => {
      const wrong = { ...message, id: '4x', amounts: [''], active: 'yes', at: 'tomorrow' };
      expect(faults(() => codec.decode(JSON.stringify(wrong)))).toEqual([
        { path: 'id', expected: 'an integer number', received: "'4x'" },
        { path: 'amounts[0]', expected: 'a number', received: "''" },
        { path: 'active', expected: 'true or false', received: "'yes'" },
        { path: 'at', expected: 'a date', received: "'tomorrow'" },
      ]);
    });

    it('does not round a whole number that is too large', () => {
      expect(faults(() => codec.decode(JSON.stringify({ ...message, id: '12345678901234567890' })))).toHaveLength(1);
    });

    it('does nothing without it', () => {
      expect(faults(() => codecOf(Registration).decode('{"name":"a","surname":"b","id":"4"}'))).toHaveLength(1);
    });
  });

  describe('encoding', () => {
    const codec = codecOf(Order);

    it('writes compact JSON without an envelope, dates in ISO form', () => {
      const value = { id: 1, at: new Date(0), name: 'Eliška' };
      expect(codec.encode(value as unknown as Order)).toBe('{"id":1,"at":"1970-01-01T00:00:00.000Z","name":"Eliška"}');
    });

    it('writes an instance like a plain object', () => {
      expect(codec.encode(codec.decode(order()))).toBe(order());
    });

    it.each([undefined, null, [], 'text', 3])('refuses %p', (value) => {
      expect(() => codec.encode(value as unknown as Order)).toThrow(expect.objectContaining({ code: 'ENCODE_FAILED' }));
    });

    it('names the remedy for what JSON cannot say', () => {
      expect(() => codec.encode({ id: 1n } as unknown as Order)).toThrow(/^Order: .*Convert it to a string or a number first/);
    });
  });
});

it('closures take over where code generation from strings is forbidden', () => {
  const allowed = globalThis.Function;
  globalThis.Function = class {
    constructor() {
      throw new EvalError('Code generation from strings disallowed for this context');
    }
  } as unknown as FunctionConstructor;
  try {
    expect(new RecordCodec(Item, compiler).decode('{"sku":"a","price":1}')).toBeInstanceOf(Item);
  } finally {
    globalThis.Function = allowed;
  }
});

it('a class has one codec', () => {
  expect(recordCodec(Order)).toBe(recordCodec(Order));
  expect(recordCodec(Order)).toMatchObject({ name: 'Order', form: 'text' });
});

it('a record may contain itself', () => {
  class Tree {
    @IsString() name!: string;
    @ValidateNested({ each: true }) @Type(() => Tree) children: Tree[] = [];
  }
  const tree = recordCodec(Tree).decode('{"name":"a","children":[{"name":"b","children":[{"name":"c"}]}]}');
  expect(tree.children[0].children[0]).toBeInstanceOf(Tree);
  expect(() => recordCodec(Tree).decode('{"name":"a","children":[{"name":"b","children":[{}]}]}')).toThrow(
    'children[0].children[0].name: expected a string, got nothing',
  );
});
