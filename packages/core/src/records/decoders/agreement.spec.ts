import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayNotEmpty,
  ArrayUnique,
  Equals,
  IsArray,
  IsBoolean,
  IsDate,
  IsDefined,
  IsEmail,
  IsEmpty,
  IsEnum,
  IsIn,
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsNotIn,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  NotEquals,
  registerDecorator,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import { longIntegers } from '../../codecs/index.js';
import type { Class } from '../../metadata/index.js';
import { recordOptions } from '../options.js';
import { RecordCodec } from '../record-codec.js';
import { type Compiler, compile, compiler } from './compile.js';
import { withDatesOnly } from './dates.js';
import { interpret } from './interpret.js';
import { isExact } from './reading.js';

enum Level {
  low,
  high,
}

enum Colour {
  red = 'RED',
  blue = 'BLUE',
}

class Scalars {
  @IsInt() @Min(-3) @Max(1_000) id!: number;
  @IsString() @Length(2, 5) name!: string;
  @IsNumber() @IsPositive() amount!: number;
  @IsNumber({ maxDecimalPlaces: 2 }) @IsOptional() rounded?: number;
  @IsBoolean() active!: boolean;
  @IsIn(['CZK', 'EUR', 1, null, Number.NaN]) currency!: string;
  @IsEnum(Level) level!: Level;
  @IsEnum(Colour) @IsOptional() colour?: Colour;
}

class Texts {
  @MinLength(3) @MaxLength(6) word!: string;
  @MaxLength(2) short!: string;
  @Matches(/^[a-z]+$/) lower!: string;
  @Matches(/a/g) global!: string;
  @Matches('^x', 'i') written!: string;
  @IsNotEmpty() anything!: unknown;
  @IsEmpty() nothing?: unknown;
  @NotEquals('no') @IsNotIn(['never', 'no']) answer!: string;
  @Equals('v1') @IsOptional() version?: string;
}

class Lists {
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(3) @IsString({ each: true }) tags!: string[];
  @IsInt({ each: true }) numbers!: number[];
  @ArrayNotEmpty() @ArrayUnique() unique!: unknown[];
  @IsObject() @IsOptional() extra?: object;
  @IsDefined() defined!: unknown;
  @Allow() allowed?: unknown;
  @IsIn(['a', 'b'], { each: true }) letters!: string[];
}

class Dates {
  @IsDate() @Type(() => Date) when!: Date;
  @IsDate({ each: true }) @Type(() => Date) @IsOptional() several?: Date[];
  @IsISO8601() @IsOptional() text?: string;
  @IsDate() @IsOptional() unconverted?: Date;
  @IsInt() @Type(() => Number) count!: number;
}

class Item {
  @IsString() sku!: string;
  @IsNumber() price = 0;
}

class Nested {
  @ValidateNested() @Type(() => Item) item!: Item;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Item) items: Item[] = [];
  @ValidateNested() @IsOptional() @Type(() => Nested) parent?: Nested;
  @IsOptional() @Type(() => Item) unchecked?: Item;
}

class Base {
  @IsString() a = 'from the base';
  @IsInt() b!: number;
}

class Derived extends Base {
  @IsInt() override b = 7;
  @IsOptional() @IsString() c: string | null = 'from the class';
}

class Bare {
  anything?: unknown;
  @Type(() => Date) when?: Date;
}

/** A decorator of the application that has the name of one of class-validator's. */
const IsInteresting = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isInt',
    target: target.constructor,
    propertyName,
    validator: { validate: (value) => value === 'interesting', defaultMessage: () => '$property must be interesting' },
  });

class Custom {
  @IsEmail() email!: string;
  @IsUUID() @IsOptional() uuid?: string;
  @IsInteresting() topic!: string;
  @IsInt() @IsOptional() limit?: number;
  @ValidateBy({
    name: 'belowLimit',
    validator: { validate: (value, given) => value < ((given?.object as Custom | undefined)?.limit ?? 10) },
  })
  below!: number;
  @ValidateIf((record: Custom) => record.limit !== undefined) @IsString() reason?: string;
  @IsString({ groups: ['admin'] }) grouped!: string;
}

class Transformed {
  @Transform(({ value }) => (typeof value === 'string' ? value.trim() : value)) @IsString() @MinLength(1) name!: string;
  @ValidateNested() @Type(() => Item) item!: Item;
}

class Defaulted {
  @ValidateNested() @Type(() => Item) item: Item = new Item();
  @ValidateNested({ each: true }) @Type(() => Item) items: Item[] | null = null;
}

class Untyped {
  @ValidateNested() item!: object;
  @IsInt() n!: number;
}

const junk = fc.jsonValue({ maxDepth: 2 });

/** Values of a field: right ones, and any others beside them. */
interface Values {
  readonly right: fc.Arbitrary<unknown>;
  readonly any: fc.Arbitrary<unknown>;
}

const values = (right: readonly unknown[], wrong: readonly unknown[] = []): Values => ({
  right: fc.constantFrom(...right),
  any: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...right, ...wrong) }, { weight: 1, arbitrary: junk }),
});

const lists = (right: readonly unknown[], wrong: readonly unknown[] = []): Values => ({
  right: fc.uniqueArray(fc.constantFrom(...right), { minLength: 1, maxLength: 3 }),
  any: fc.oneof({ weight: 8, arbitrary: fc.array(fc.constantFrom(...right, ...wrong), { maxLength: 4 }) }, { weight: 1, arbitrary: junk }),
});

const item = values([{ sku: 'a', price: 1 }, { sku: 'a' }, { sku: 'a', price: 2, stray: [{ x: 1 }] }], [{ sku: 1 }, null, []]);
const items = lists(
  [
    { sku: 'a', price: 1 },
    { sku: 'b', stray: 1 },
  ],
  [{ sku: 'a', price: '1' }, [{ sku: 'c' }], null, 1],
);

const specimens: readonly [Class, Record<string, Values>][] = [
  [
    Scalars,
    {
      id: values([1, -3, 1_000], [1_001, -4, 1.5]),
      name: values(['ab', 'abcde', '😀😀', '❤️❤️'], ['a', '😀', '❤️', 'abcdef']),
      amount: values([0.5, 3], [0, -1, 1e300]),
      rounded: values([1.25, 2, null], [1.257]),
      active: values([true, false]),
      currency: values(['CZK', 'EUR', 1, null], ['USD']),
      level: values([0, 1, 'low'], [2]),
      colour: values(['RED', 'BLUE'], ['red']),
    },
  ],
  [
    Texts,
    {
      word: values(['abc', 'abcdef', '😀😀😀', '❤️❤️❤️'], ['ab', '😀😀', '❤️❤️', 'abcdefg']),
      short: values(['', 'ab', '😀', '😀😀', '❤️❤️'], ['😀😀😀', 'abc']),
      lower: values(['abc', 'a'], ['Abc', '']),
      global: values(['a', 'aaa'], ['b']),
      written: values(['X', 'xy'], ['yx']),
      anything: values([0, 'a', {}, false], ['', null]),
      nothing: values(['', null], [0]),
      answer: values(['yes', 1], ['no', 'never']),
      version: values(['v1', null], ['v2']),
    },
  ],
  [
    Lists,
    {
      tags: lists(['a', 'b', 'c'], [1]),
      numbers: lists([1, 2], ['a', 1.5]),
      unique: lists([1, 'a', null]),
      extra: values([{ a: { b: [1, { c: null }] } }, null], [[]]),
      defined: values([0, {}], [null]),
      allowed: { right: junk, any: junk },
      letters: values([['a', 'b'], 'a', []], [['c'], 'c']),
    },
  ],
  [
    Dates,
    {
      when: values(['2026-01-02T03:04:05.678Z', '2026-01-02', 0, 1_700_000_000_000], ['no date', null, true, 'order 1']),
      several: lists(['2026-01-02', 5], [null, 'x']),
      text: values(['2026-01-02'], ['x']),
      unconverted: values([null], ['2026-01-02']),
      count: values(['12', 12, true], ['1.5', null]),
    },
  ],
  [Nested, { item, items, parent: values([{ item: { sku: 'p' }, items: [] }, null], [{ item: {} }]), unchecked: item }],
  [Derived, { a: values(['x'], [1]), b: values([1], ['1']), c: values(['c', null], [1]) }],
  [Bare, { anything: { right: junk, any: junk }, when: values(['2026-01-02', null, ['2026-01-02'], 'x']) }],
  [
    Custom,
    {
      email: values(['a@b.cz'], ['nobody']),
      uuid: values(['0b7ab4f5-93a1-4b21-8f4b-1f0c8d6d2b11'], ['x']),
      topic: values(['interesting'], [3]),
      limit: values([5, null]),
      below: values([1, 4], [7, 11]),
      reason: values(['because'], [1]),
      grouped: values(['x'], [1]),
    },
  ],
  [Transformed, { name: values([' x ', 'y'], [' ']), item }],
  [Defaulted, { item, items }],
  [Untyped, { item: values([{}, null]), n: values([1], ['1']) }],
];

const stray = fc.dictionary(fc.constantFrom('stray', '__proto__', 'toString', 'x y', "it's"), junk, { maxKeys: 1 });

/** A message as text, so that it holds nothing that a message cannot. Keys on which class-transformer breaks are tested elsewhere. */
function messages(fields: Record<string, Values>): fc.Arbitrary<string> {
  const all = (which: keyof Values) => Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, of[which]]));
  const whole = fc.oneof(fc.record(all('right')), fc.record(all('any')), fc.record(all('any'), { requiredKeys: [] }));
  const others = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: stray });
  return fc
    .tuple(whole, others)
    .map(([message, other]) => JSON.stringify({ ...message, ...other }))
    .filter(isFair);
}

/** Integers that no number holds exactly are refused here and rounded there. */
const isFair = (text: string) => !text.includes('"constructor"') && !text.includes('__faust') && longIntegers(text).length === 0;

type Verdict = { readonly accepted: object } | 'refused';

function libraries(record: Class, unknown: 'strip' | 'keep' | 'reject', text: string): Verdict {
  try {
    // Of dates class-transformer takes more: see dates.spec.ts.
    const instance = plainToInstance(record as unknown as new () => object, withDatesOnly(record, JSON.parse(text)) as object);
    if (record === Bare) return { accepted: instance };
    const errors = validateSync(instance, { whitelist: unknown !== 'keep', forbidNonWhitelisted: unknown === 'reject' });
    return errors.length === 0 ? { accepted: instance } : 'refused';
  } catch {
    return 'refused';
  }
}

function ours(codec: RecordCodec<object>, text: string): Verdict {
  try {
    return { accepted: codec.decode(text) };
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'DECODE_FAILED' });
    return 'refused';
  }
}

const ways: readonly [string, Compiler][] = [
  ['generated code', compiler],
  ['closures', interpret],
];

/** Text, so that the classes of nested objects count and invalid dates are equal. */
const shown = (verdict: Verdict) => inspect(verdict, { depth: null, sorted: true });

describe.each(ways)('a decoder of %s agrees with class-transformer and class-validator', (_, make) => {
  describe.each(specimens.map(([record, fields]) => [record.name, record, fields] as const))('on %s', (_name, record, fields) => {
    it.each(['strip', 'keep', 'reject'] as const)('when unknown fields are to %s', (unknown) => {
      class Declared extends (record as unknown as new () => object) {}
      recordOptions.write(Declared, { unknown });
      const target = record === Bare ? record : Declared;
      const codec = new RecordCodec(target, make);
      let [accepted, refused] = [0, 0];
      const agrees = fc.property(messages(fields), (text) => {
        const [expected, actual] = [libraries(target, unknown, text), ours(codec, text)];
        if (expected === 'refused') refused++;
        else accepted++;
        expect(shown(actual)).toBe(shown(expected));
        if (typeof actual === 'object') expect(actual.accepted).toBeInstanceOf(target);
      });
      fc.assert(agrees, { numRuns: 150 });
      if (target !== Bare && record !== Untyped) expect(Math.min(accepted, refused)).toBeGreaterThan(3);
    });
  });
});

it('all classes are compiled except those that only the libraries understand', () => {
  const compiled = specimens.map(([record]) => [record.name, compile(record, 'strip') !== undefined]);
  expect(compiled.filter(([, is]) => !is).map(([name]) => name)).toEqual(['Transformed', 'Untyped']);
});

describe.each(ways)('a decoder of %s', (_, make) => {
  const compiled = specimens.filter(([record]) => record !== Transformed && record !== Untyped);

  it.each(compiled.map(([record, fields]) => [record.name, record, fields] as const))(
    'decodes right messages by itself: %s',
    (_name, record, fields) => {
      const build = compile(record, 'strip', make)?.build;
      const right = fc.record(Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, of.right])));
      const messages = right
        .filter(isExact)
        .map((message) => JSON.stringify(message))
        .filter(isFair);
      fc.assert(fc.property(messages, (text) => expect(build?.(JSON.parse(text))).toBeInstanceOf(record)));
    },
  );

  it('checks nothing when the condition of ValidateIf does not hold', () => {
    const message = { email: 'a@b.cz', topic: 'interesting', below: 1, reason: 1, grouped: 'x' };
    const build = compile(Custom, 'strip', make)?.build;
    expect(build?.(message)).toEqual(message);
    expect(build?.({ ...message, limit: 5 })).toBeUndefined();
  });
});

it('a refused message is the libraries’ business: what a decoder accepts, it accepts without them', () => {
  const build = compile(Scalars, 'strip')?.build;
  const right = { id: 1, name: 'abc', amount: 1, active: true, currency: 'CZK', level: 1, stray: 1 };
  expect(build?.(right)).toEqual({ id: 1, name: 'abc', amount: 1, active: true, currency: 'CZK', level: 1 });
  expect(build?.({ ...right, id: '1' })).toBeUndefined();
});
