import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { Allow, IsArray, IsInt, IsNumber, IsObject, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import type { Class } from '../../metadata/index.js';
import { recordOptions } from '../options.js';
import { RecordCodec } from '../record-codec.js';
import { type Compiler, compiler } from './compile.js';
import { interpret } from './interpret.js';

class Inner {
  @IsInt() id!: number;
}

class Account {
  @IsOptional() @IsInt() id?: number;
  @IsOptional() @IsNumber() amount?: number;
  @IsOptional() @Min(1) count?: number;
  @IsOptional() @IsInt({ each: true }) list?: number[];
  @IsOptional() @IsObject() extra?: object;
  @IsOptional() @ValidateNested() @Type(() => Inner) inner?: Inner;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => Inner) inners?: Inner[];
  @IsOptional() @IsString() text?: string;
}

class Big {
  @Transform(({ value }) => BigInt(value as string), { toClassOnly: true })
  @Transform(({ value }) => String(value), { toPlainOnly: true })
  @Allow()
  id!: bigint;
}

function kept(unknown: 'strip' | 'keep', coerce = false): Class {
  class Declared extends Account {}
  recordOptions.write(Declared, { unknown, coerce });
  return Declared;
}

const ways: readonly [string, Compiler][] = [
  ['generated code', compiler],
  ['closures', interpret],
];

describe.each(ways)('a record that is decoded by %s', (_, make) => {
  const codec = new RecordCodec(kept('strip'), make);

  // 9007199254740993 used to be read as 9007199254740992.
  it.each([
    ['id', '{"id":9007199254740993}'],
    ['amount', '{"amount":-9007199254740993}'],
    ['count', '{"count":9007199254740993}'],
    ['list[1]', '{"list":[1,9007199254740993]}'],
    ['extra.a[0]', '{"extra":{"a":[9007199254740993]}}'],
    ['inner.id', '{"inner":{"id":9007199254740993}}'],
    ['inners[1].id', '{"inners":[{"id":1},{"id":9007199254740993}]}'],
  ])('refuses an integer that no number holds exactly: %s', (path, text) => {
    expect(() => codec.decode(text)).toThrow(
      expect.objectContaining({
        code: 'DECODE_FAILED',
        fields: [expect.objectContaining({ path, received: expect.stringContaining('900719') })],
      }),
    );
  });

  it('takes integers that a number holds exactly, and measures of any size', () => {
    const text = '{"id":9007199254740992,"amount":1.5e300,"count":9007199254740991,"list":[-9007199254740991]}';
    expect(codec.decode(text)).toEqual(JSON.parse(text));
  });

  it('does not mind what it does not read', () => {
    expect(codec.decode('{"id":1,"id_of_others":9007199254740993}')).toEqual({ id: 1 });
    expect(() => new RecordCodec(kept('keep'), make).decode('{"id":1,"id_of_others":9007199254740993}')).toThrow(
      'id_of_others: expected an integer',
    );
  });

  it('does not make a text of a rounded number', () => {
    const coercing = new RecordCodec(kept('strip', true), make);
    expect(coercing.decode('{"text":12,"id":"12"}')).toEqual({ text: '12', id: 12 });
    expect(() => coercing.decode('{"text":9007199254740993}')).toThrow('text: expected a string');
    expect(() => coercing.decode('{"id":"9007199254740993"}')).toThrow('id: expected an integer number');
  });
});

describe('a field of bigints', () => {
  it('carries any integer, as text', () => {
    const codec = new RecordCodec(Big, compiler);
    const text = codec.encode({ id: 9007199254740993n } as Big);
    expect(text).toBe('{"id":"9007199254740993"}');
    expect(codec.decode(text)).toEqual({ id: 9007199254740993n });
  });

  it('does not take a number that was rounded before', () => {
    expect(() => new RecordCodec(Big, compiler).decode('{"id":9007199254740993}')).toThrow('larger ones are written as text');
  });
});
