import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BatchEvent } from '../../streams/index.js';
import type { HeaderPair } from '../../transport/index.js';
import { cellKeyOf, lineIn, lineOf, offsetIn, positionIn, readParked, waitIn, writeParked } from './parked-format.js';

const bytes = fc.uint8Array({ maxLength: 20 }).map((each) => Buffer.from(each));
const payload = fc.option(bytes);
const header: fc.Arbitrary<HeaderPair> = fc.tuple(fc.string(), payload);

const eventOf = (timestamp: number, value: Buffer | null, headers: readonly HeaderPair[]) =>
  ({ batch: { timestamp: () => timestamp, value: () => value, headers: () => headers }, index: 0 }) as unknown as BatchEvent;

describe('a parked event in a changelog', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1 }),
        payload,
        fc.array(header, { maxLength: 4 }),
        fc.record({ due: fc.nat(), tries: fc.nat(), isRefused: fc.boolean() }),
        (timestamp, value, headers, waits) => {
          const written = writeParked(eventOf(timestamp, value, headers), { ...waits, error: new RangeError('no such price') });
          const error = { name: 'RangeError', message: 'no such price' };
          expect(readParked(written)).toEqual({ ...waits, timestamp, value, headers, error });
          expect(waitIn(written)).toEqual({ due: waits.due, tries: waits.tries });
        },
      ),
    );
  });

  it('has a key that tells its topic, its key and its offset, and is in their order', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), payload, fc.maxSafeNat(), fc.integer({ min: -1 }), (topic, key, offset, timestamp) => {
        const cellKey = cellKeyOf(lineOf(topic, key), offset, timestamp);
        expect(cellKey < cellKeyOf(lineOf(topic, key), offset + 1, 0)).toBe(true);
        expect(positionIn(cellKey)).toEqual({ topic, key, offset });
        expect([lineIn(cellKey), offsetIn(cellKey)]).toEqual([lineOf(topic, key), offset]);
      }),
    );
  });

  it('has no more of an error than a part of its message, and nothing before the first attempt', () => {
    const event = eventOf(0, null, []);
    expect(readParked(writeParked(event, { due: 0, tries: 1, error: new Error('x'.repeat(9_000)) })).error.message).toHaveLength(500);
    expect(readParked(writeParked(event, { due: 0, tries: 0 })).error).toEqual({ name: '', message: '' });
  });

  it('is left alone where a newer version has written it', () => {
    expect(() => readParked(Buffer.from([2, 0]))).toThrow('it was written by a newer version of weir');
  });
});
