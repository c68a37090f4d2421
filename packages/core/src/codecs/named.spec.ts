import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../errors/index.js';
import { codecNamed, codecNames, decodeBytes, encodeBytes } from './index.js';

const order = { id: 1, name: 'Eliška' };

describe('a chain of codecs', () => {
  it('encodes from left to right and decodes from right to left', () => {
    const chain = codecNamed('json|gzip|base64');
    const text = chain.encode(order) as string;
    expect(JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString())).toEqual(order);
    expect(decodeBytes(chain, Buffer.from(text))).toEqual(order);
  });

  it.each(['gzip', 'deflate', 'brotli', 'base64'])('%s gives back what it was given, empty or not', (name) => {
    for (const text of ['', 'čaj', 'a'.repeat(10_000)]) {
      expect(decodeBytes(codecNamed(`string|${name}`), encodeBytes(codecNamed(`string|${name}`), text))).toBe(text);
      expect(decodeBytes(codecNamed(name), encodeBytes(codecNamed(name), text))).toEqual(Buffer.from(text));
    }
  });

  it.each(['gzip', 'deflate', 'brotli', 'base64'])('%s refuses bytes that it did not write', (name) => {
    expect(() => decodeBytes(codecNamed(`json|${name}`), Buffer.from('not ours!'))).toThrow(
      expect.objectContaining({ code: 'DECODE_FAILED', message: expect.stringContaining(`not a valid ${name}`) }),
    );
  });

  it('refuses malformed text within the last wrapping', () => {
    const bytes = encodeBytes(codecNamed('gzip'), Buffer.from([0x22, 0xff, 0x22]));
    expect(() => decodeBytes(codecNamed('json|gzip'), bytes)).toThrow(/UTF-8/);
  });

  it('allows spaces around the names', () => {
    expect(decodeBytes(codecNamed('json | gzip'), encodeBytes(codecNamed('json|gzip'), order))).toEqual(order);
  });

  it('has the whole chain for its name', () => {
    expect(codecNamed('json|gzip').name).toBe('json|gzip');
  });
});

describe('a codec by name', () => {
  it('is the same one every time', () => {
    expect(codecNamed('json|gzip')).toBe(codecNamed('json|gzip'));
  });

  it.each(codecNames())('%s is found and says its name', (name) => {
    expect(codecNamed(name).name).toBe(name);
  });

  it.each(['avro', '', 'json|zip', 'json|', 'constructor', '__proto__'])('%p is refused with the list of those that are known', (name) => {
    expect(() => codecNamed(name)).toThrow(ConfigurationError);
    expect(() => codecNamed(name)).toThrow(/raw, string, json, integer, long, double, boolean, gzip, deflate, brotli, base64/);
  });

  it('cannot stand in the middle of a chain when it reads values', () => {
    expect(() => codecNamed('gzip|json')).toThrow("'json' only at the start of a chain");
  });
});
