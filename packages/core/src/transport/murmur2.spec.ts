import { describe, expect, it } from '@jest/globals';
import { murmur2, partitionFor } from './murmur2.js';

/** Key, hash, partition of 4 and of 12; computed by `Utils.murmur2` and `Utils.toPositive` of org.apache.kafka:kafka-clients 4.1.1. */
const texts: readonly [string, number, number, number][] = [
  ['', 275646681, 1, 9],
  ['a', -1563381124, 0, 4],
  ['ab', 316155434, 2, 2],
  ['abc', 479470107, 3, 3],
  ['abcd', -1323649548, 0, 8],
  ['21', -973932308, 0, 0],
  ['foobar', -790332482, 2, 6],
  ['order-1', 1221710326, 2, 10],
  ['user:42', -1493546323, 1, 1],
  ['a-little-bit-long-string', -985981536, 0, 8],
  ['a-little-bit-longer-string', -1486304829, 3, 11],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 1, 5],
  ['Eliška Najbrtová', 1914966065, 1, 5],
  ['žluťoučký kůň', 874861404, 0, 0],
  ['日本語', 1431860170, 2, 10],
  ['😀', 131881617, 1, 9],
  ['\0', 375494588, 0, 8],
  ['Ω≈ç√', 1532276067, 3, 3],
];

/** The same for keys that are no text, in hexadecimal. */
const binaries: readonly [string, number, number, number][] = [
  ['00', 375494588, 0, 8],
  ['00000000', 850957120, 0, 4],
  ['ff', -311467685, 3, 3],
  ['fffefd', 998637092, 0, 8],
  ['80007fff01', 2075487372, 0, 0],
  ['000000000000002a', 506863552, 0, 4],
  ['01020304050607c8c9cacb', -780973397, 3, 3],
];

describe('murmur2', () => {
  it.each(texts)('hashes the text %j as Java does', (key, hash, ofFour, ofTwelve) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
    expect([partitionFor(key, 4), partitionFor(key, 12)]).toEqual([ofFour, ofTwelve]);
  });

  it.each(binaries)('hashes the bytes %s as Java does', (hex, hash, ofFour, ofTwelve) => {
    const key = Buffer.from(hex, 'hex');
    expect(murmur2(key)).toBe(hash);
    expect([partitionFor(key, 4), partitionFor(key, 12)]).toEqual([ofFour, ofTwelve]);
  });

  it('hashes every byte value as Java does', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(murmur2(all)).toBe(-1948347274);
    expect(partitionFor(all, 1000)).toBe(374);
  });
});
