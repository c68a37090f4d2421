import { describe, expect, it } from '@jest/globals';
import { Expose, Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { recordCodec, recordKeyCodec } from './index.js';

class Place {
  @IsString() town!: string;
  @IsInt() code!: number;
}

class Key {
  @IsString() shop!: string;
  @ValidateNested() @Type(() => Place) place!: Place;
  @IsOptional() @IsObject() more?: object;
  @IsOptional() @ValidateNested() @Type(() => Place) others?: Place[];
}

const codec = recordKeyCodec(Key);

describe('the codec of a record as a key', () => {
  it('writes the members in the order in which the class declares them, at every level', () => {
    const key = { others: [{ code: 2, town: 'Brno' }], place: { code: 1, town: 'Praha' }, shop: 'a' };
    expect(codec.encode(key)).toBe('{"shop":"a","place":{"town":"Praha","code":1},"others":[{"town":"Brno","code":2}]}');
  });

  it('writes the same of an instance, a plain object and what it has read', () => {
    const plain = { place: { code: 1, town: 'Praha' }, shop: 'a' };
    const text = codec.encode(plain);
    expect(codec.encode(Object.assign(new Key(), plain))).toBe(text);
    expect(codec.encode(codec.decode('{"place":{"code":1,"town":"Praha"},"shop":"a"}'))).toBe(text);
    expect(codec.decode(text)).toBeInstanceOf(Key);
  });

  it('writes what the class does not declare after it, by name', () => {
    const place = { town: 'Praha', code: 1 };
    expect(codec.encode({ z: 1, y: { b: 2, a: [{ d: 1, c: 2 }] }, place, shop: 'a' } as object)).toBe(
      '{"shop":"a","place":{"town":"Praha","code":1},"y":{"a":[{"c":2,"d":1}],"b":2},"z":1}',
    );
    expect(codec.encode({ shop: 'a', place, more: { b: 1, a: 2 } })).toContain('"more":{"a":2,"b":1}');
  });

  it('writes members of other names in an order of their own', () => {
    class Renamed {
      @Expose({ name: 'second' }) @IsString() a!: string;
      @Expose({ name: 'first' }) @IsString() b!: string;
      @IsString() c!: string;
    }
    const texts = [
      { a: '1', b: '2', c: '3' },
      { c: '3', b: '2', a: '1' },
    ].map((value) => recordKeyCodec(Renamed).encode(Object.assign(new Renamed(), value)));
    expect(texts).toEqual(['{"c":"3","first":"2","second":"1"}', '{"c":"3","first":"2","second":"1"}']);
  });

  it('is one for each class, has its name, and refuses what is no record', () => {
    expect(recordKeyCodec(Key)).toBe(codec);
    expect(codec.name).toBe(recordCodec(Key).name);
    expect(() => codec.encode('text' as never)).toThrow('Key: cannot encode');
  });
});
