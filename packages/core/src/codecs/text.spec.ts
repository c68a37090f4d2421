import { describe, expect, it } from '@jest/globals';
import { type Codec, codecNamed, decodeBytes, encodeBytes, isCodec, json, mayBeMalformed, show } from './index.js';

const malformed = Buffer.from([0x22, 0x41, 0xff, 0x42, 0x22]);

describe('text', () => {
  it.each(['string', 'json'])('%s refuses malformed UTF-8 instead of damaging it silently', (name) => {
    expect(() => decodeBytes(codecNamed(name), malformed)).toThrow(
      `not a valid ${name}: expected UTF-8 text, got malformed bytes, starting 0x2241ff4222`,
    );
  });

  it.each(['string', 'json'])('%s accepts a replacement character that was written as one', (name) => {
    const codec = codecNamed(name);
    expect(decodeBytes(codec, encodeBytes(codec, 'a\uFFFDb'))).toBe('a\uFFFDb');
  });

  it('is under suspicion only when it contains a replacement character', () => {
    expect(mayBeMalformed('Eliška 😀')).toBe(false);
    expect(mayBeMalformed(malformed.toString('utf8'))).toBe(true);
  });

  it('is written by string only when it is text', () => {
    expect(() => codecNamed('string').encode(3)).toThrow('string: cannot encode 3. Give a string');
  });

  // U+FFFD was written for it, and two keys that differed in it were one.
  it.each(['string', 'raw', 'string|gzip'])('is not written by %s with half a character', (name) => {
    const cut = 'Eliška 😀'.slice(0, -1);
    expect(() => encodeBytes(codecNamed(name), cut)).toThrow('cannot encode a text with half a character (a lone surrogate)');
    expect(String(encodeBytes(codecNamed('json'), cut))).toBe('"Eliška \\ud83d"');
  });
});

describe('raw', () => {
  const raw = codecNamed('raw');

  it('hands out the bytes themselves', () => {
    expect(decodeBytes(raw, malformed)).toBe(malformed);
    expect(encodeBytes(raw, malformed)).toBe(malformed);
  });

  it('takes text as UTF-8 and any view of bytes', () => {
    expect(encodeBytes(raw, 'š')).toEqual(Buffer.from([0xc5, 0xa1]));
    expect(encodeBytes(raw, new Uint8Array([1, 2, 3]).subarray(1))).toEqual(Buffer.from([2, 3]));
  });

  it('refuses anything else', () => {
    expect(() => raw.encode({ a: 1 })).toThrow('raw: cannot encode {"a":1}. Give a Buffer');
  });
});

describe('json', () => {
  const codec = codecNamed('json');

  it('is compact and does not escape letters', () => {
    expect(codec.encode({ name: 'Eliška', tags: [1, null] })).toBe('{"name":"Eliška","tags":[1,null]}');
  });

  it('drops what Faust adds, at every level', () => {
    const faust = '{"a":{"b":[{"c":1,"__faust":{"ns":"x"}},2]},"__faust":{"ns":"y"}}';
    expect(decodeBytes(codec, Buffer.from(faust))).toEqual({ a: { b: [{ c: 1 }, 2] } });
  });

  it('keeps a text that merely speaks of it', () => {
    expect(decodeBytes(codec, Buffer.from('{"note":"__faust","list":["__faust"]}'))).toEqual({ note: '__faust', list: ['__faust'] });
  });

  it.each(['', '{', '{"a":NaN}', "{'a':1}"])('refuses %p', (text) => {
    expect(() => decodeBytes(codec, Buffer.from(text))).toThrow(expect.objectContaining({ code: 'DECODE_FAILED', target: 'json' }));
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each([
    ['undefined', undefined, 'Send null for a tombstone'],
    ['a function', () => 1, 'JSON has no word for it'],
    ['a bigint', { id: 1n }, 'Convert it to a string or a number first'],
    ['a cycle', circular, 'Send a copy without the cycle'],
  ])('refuses to write %s and names the remedy', (_, value, remedy) => {
    expect(() => codec.encode(value)).toThrow(expect.objectContaining({ code: 'ENCODE_FAILED', message: expect.stringContaining(remedy) }));
  });

  it('has a type when it is made with one', () => {
    const greeting: Codec<{ readonly from: string }> = json<{ readonly from: string }>();
    expect(encodeBytes(greeting, { from: 'Eliška' }).toString()).toBe('{"from":"Eliška"}');
  });
});

it('a codec is what can encode and decode', () => {
  expect(isCodec(codecNamed('json'))).toBe(true);
  expect(isCodec({ encode: () => '' })).toBe(false);
  expect(isCodec(null)).toBe(false);
});

it('a value is shown on one line of at most 80 characters', () => {
  expect(show('x'.repeat(500))).toHaveLength(80);
  expect(show({ text: 'x'.repeat(500) })).toHaveLength(80);
  expect(show('a\nb')).toBe("'a b'");
  expect([show(undefined), show(null), show(1n), show([1])]).toEqual(['nothing', 'null', '1n', '[1]']);
});
