import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, instanceToPlain, plainToInstance, Transform, Type } from 'class-transformer';
import { Allow, IsArray, IsDate, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import type { Class } from '../metadata/index.js';
import { recordCodec, recordOptions } from './index.js';
import { writesOtherwise } from './written.js';

class Address {
  @Expose({ name: 'street_name' }) @IsString() street!: string;
  @IsOptional() @IsString() @Exclude({ toPlainOnly: true }) secret?: string;
}

class Renamed {
  @Expose({ name: 'full_name' }) @IsString() fullName!: string;
  @ValidateNested() @Type(() => Address) home!: Address;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Address) others: Address[] = [];
  @IsOptional() @IsInt() @Expose({ groups: ['admin'] }) internal?: number;
}

@Exclude()
class OnlyExposed {
  @Expose() @IsInt() id!: number;
  @Expose({ name: 'e_mail' }) @IsString() email!: string;
  password = '';

  @Expose({ toPlainOnly: true })
  get label(): string {
    return `${this.id} ${this.email}`;
  }
}

class Converted {
  @Transform(({ value }) => BigInt(value as string), { toClassOnly: true })
  @Transform(({ value }) => String(value), { toPlainOnly: true })
  @Allow()
  id!: bigint;

  @Transform(({ value }) => (value as string).split(','), { toClassOnly: true })
  @Transform(({ value }) => (value as string[]).join(','), { toPlainOnly: true })
  @IsString({ each: true })
  tags!: string[];

  @IsDate() @Type(() => Date) when!: Date;
}

class Extended extends Renamed {
  @Expose({ name: 'extra_count' }) @IsInt() extraCount!: number;
}

class Circle {
  @IsInt() radius!: number;
}

class Square {
  @IsInt() @Expose({ name: 'side_length' }) side!: number;
}

class Drawing {
  @ValidateNested()
  @Type(() => Object, {
    discriminator: {
      property: 'kind',
      subTypes: [
        { name: 'circle', value: Circle },
        { name: 'square', value: Square },
      ],
    },
  })
  shape!: Circle | Square;
}

class Plain {
  @IsInt() id!: number;
  @IsString() @Transform(({ value }) => (value as string).trim(), { toClassOnly: true }) name!: string;
}

class Holder {
  @Allow() held!: unknown;
}

function make<T extends object>(record: new () => T, fields: Partial<T>): T {
  return Object.assign(new record(), fields);
}

const text = fc.string({ unit: 'grapheme', maxLength: 5 });
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'č'), minLength: 1, maxLength: 3 });
const address = text.map((street) => make(Address, { street }));
const renamed = { fullName: text, home: address, others: fc.array(address, { maxLength: 2 }) };
const when = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') });
const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n });
const tags = fc.array(word, { minLength: 1, maxLength: 3 });

const specimens: readonly [new () => object, fc.Arbitrary<object>][] = [
  [Renamed, fc.record(renamed).map((fields) => make(Renamed, fields))],
  [Extended, fc.record({ ...renamed, extraCount: fc.integer() }).map((fields) => make(Extended, fields))],
  [OnlyExposed, fc.record({ id: fc.integer(), email: text }).map((fields) => make(OnlyExposed, fields))],
  [Converted, fc.record({ id, tags, when }).map((fields) => make(Converted, fields))],
  [Plain, fc.record({ id: fc.integer(), name: word }).map((fields) => make(Plain, fields))],
];

describe.each(specimens.map(([record, records]) => [record.name, record, records] as const))('%s', (_, record, records) => {
  // @Expose({ name }), @Exclude and @Transform({ toPlainOnly }) used to be ignored when a record was written, and heeded when it was read.
  it('is read back equal to what was sent', () => {
    const codec = recordCodec(record);
    fc.assert(fc.property(records, (given) => expect(codec.decode(codec.encode(given))).toStrictEqual(given)));
  });

  it('is written as class-transformer writes it', () => {
    const codec = recordCodec(record);
    fc.assert(
      fc.property(records, (given) => expect(JSON.parse(codec.encode(given))).toEqual(JSON.parse(JSON.stringify(instanceToPlain(given))))),
    );
  });

  it('is written alike when it is given as a plain object', () => {
    const codec = recordCodec(record);
    const plainly = (value: object) => Object.fromEntries([...Object.keys(value), 'label'].map((name) => [name, Reflect.get(value, name)]));
    fc.assert(fc.property(records, (given) => expect(codec.encode(plainly(given))).toBe(codec.encode(given))));
  });
});

describe('writing a record', () => {
  it('leaves out what is excluded, at every level, and what is for groups only', () => {
    const home = make(Address, { street: 'Na Příkopě', secret: 'under the mat' });
    const given = make(Renamed, { fullName: 'Eliška', home, others: [home], internal: 3 });
    expect(JSON.parse(recordCodec(Renamed).encode(given))).toEqual({
      full_name: 'Eliška',
      home: { street_name: 'Na Příkopě' },
      others: [{ street_name: 'Na Příkopě' }],
    });
    expect(recordCodec(OnlyExposed).encode(make(OnlyExposed, { id: 1, email: 'e@b.cz', password: 'secret' }))).not.toContain('secret');
  });

  it('tells of which class a value is where the reader must know, and leaves the value alone', () => {
    const codec = recordCodec(Drawing);
    const square = Object.freeze(make(Square, { side: 2 }));
    expect(codec.encode(make(Drawing, { shape: square }))).toBe('{"shape":{"side_length":2,"kind":"square"}}');
    const circle = make(Drawing, { shape: make(Circle, { radius: 1 }) });
    expect(codec.decode(codec.encode(circle))).toEqual(circle);
    const plain = { shape: { radius: 3, kind: 'circle' } as unknown as Circle };
    expect(codec.encode(plain)).toBe('{"shape":{"radius":3,"kind":"circle"}}');
    expect(() => codec.encode({ shape: { side: 1 } })).toThrow(/cannot encode .*its kind is none of 'circle', 'square'/);
  });

  it('heeds the decorators of an object that no @Type speaks of', () => {
    const held = make(OnlyExposed, { id: 1, email: 'x', password: 'secret' });
    expect(recordCodec(Holder).encode(make(Holder, { held: [held] }))).toBe('{"held":[{"id":1,"e_mail":"x","label":"1 x"}]}');
  });

  it('calls no function that the class does not expose, and leaves toJSON the last word', () => {
    class Busy {
      @IsInt() id = 1;
      @Expose() @IsInt() other = 2;
      pay = (): never => {
        throw new Error('called');
      };
      toJSONless = true;
    }
    expect(JSON.parse(recordCodec(Busy).encode(new Busy()))).toEqual({ id: 1, other: 2, toJSONless: true });
    class Own extends Renamed {
      toJSON(): object {
        return { mine: true };
      }
    }
    expect(recordCodec(Own).encode(new Own())).toBe('{"mine":true}');
  });

  it('names the record when a transformation throws', () => {
    class Failing {
      @Transform(({ value }) => (value as string).trim(), { toPlainOnly: true }) @IsInt() id!: number;
    }
    expect(() => recordCodec(Failing).encode({ id: 1 })).toThrow(expect.objectContaining({ code: 'ENCODE_FAILED' }));
  });

  it('goes through class-transformer only where a decorator asks for it', () => {
    expect([Plain, Circle, Holder].map((each) => writesOtherwise(each as Class))).toEqual([false, false, false]);
    expect([Renamed, Extended, OnlyExposed, Converted, Drawing].every((each) => writesOtherwise(each as Class))).toBe(true);
    class Around {
      @ValidateNested() @Type(() => Around) parent?: Around;
      @ValidateNested() @Type(() => Square) shape!: Square;
    }
    expect(writesOtherwise(Around)).toBe(true);
  });

  it('is understood by a reader with class-transformer alone', () => {
    const given = make(Extended, { fullName: 'a', home: make(Address, { street: 'b' }), others: [], extraCount: 1 });
    expect(plainToInstance(Extended, JSON.parse(recordCodec(Extended).encode(given)))).toEqual(given);
  });

  it('refuses a message under the name that was written when nothing else may be there', () => {
    class Strict extends Extended {}
    recordOptions.write(Strict, { unknown: 'reject' });
    const codec = recordCodec(Strict);
    const given = make(Strict, { fullName: 'a', home: make(Address, { street: 'b' }), extraCount: 1 });
    expect(codec.decode(codec.encode(given))).toEqual(given);
  });
});
