import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Origin, Origins } from './origins.js';
import { laneOf } from './recording-producer.fixture.js';

const lane = laneOf();
const numberMax = 2 ** 30;

describe('origins', () => {
  it('are found by their numbers, which begin at 1', () => {
    const origins = new Origins();
    const other = laneOf('Shop.bill', 0);
    const numbers = [origins.add(lane, 17, 17), origins.add(other, 3, 8)].map((sequence) => origins.numberOf(sequence));
    expect(numbers).toEqual([1, 2]);
    expect(numbers.map((number) => origins.find(number))).toEqual([
      { lane, from: 17, to: 17 },
      { lane: other, from: 3, to: 8 },
    ]);
  });

  it('are not found by numbers that were never given', () => {
    const origins = new Origins();
    expect(origins.find(1)).toBeUndefined();
    origins.add(lane, 17, 17);
    expect([2, 64, 65, numberMax].map((number) => origins.find(number))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('are forgotten before a mark, and those after it are not', () => {
    const origins = new Origins();
    origins.add(lane, 17, 17);
    const { mark } = origins;
    origins.add(lane, 18, 18);
    origins.dropBefore(mark);
    expect([1, 2].map((number) => origins.find(number)?.from)).toEqual([undefined, 18]);
    origins.dropBefore(0);
    expect(origins.find(2)?.from).toBe(18);
  });

  it('can be any number at a time', () => {
    const origins = new Origins();
    // So that those who move to a larger sequence do not begin at its start.
    for (let offset = 0; offset < 40; offset++) origins.add(lane, offset, offset);
    origins.dropBefore(30);
    for (let offset = 40; offset < 400; offset++) origins.add(lane, offset, offset + 1);
    const found = Array.from({ length: 401 }, (_, sequence) => origins.find(sequence + 1)?.from);
    expect(found.slice(0, 30)).toEqual(new Array(30).fill(undefined));
    expect(found.slice(30)).toEqual([...Array.from({ length: 370 }, (_, index) => index + 30), undefined]);
  });

  it('have numbers up to 2^30, and then from 1 again', () => {
    const origins = new Origins();
    expect([numberMax - 1, numberMax, numberMax + 1, 5 * numberMax].map((sequence) => origins.numberOf(sequence))).toEqual([
      numberMax,
      1,
      2,
      1,
    ]);
  });

  it('are a map in the end, wherever their numbers begin again', () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 90 }).map((added) => ({ added })),
      fc.integer({ min: 0, max: 120 }).map((left) => ({ left })),
    );
    const first = fc.constantFrom(0, numberMax - 100, numberMax, 2 * numberMax - 40, 4 * numberMax - 70, 2 ** 45 - 33);
    fc.assert(
      fc.property(first, fc.array(step, { maxLength: 20 }), (begin, steps) => {
        const origins = new Origins(begin);
        const map = new Map<number, Origin & { readonly sequence: number }>();
        const given = new Set<number>();
        for (const each of steps) {
          if ('added' in each)
            for (let count = 0; count < each.added; count++) {
              const offset = given.size;
              const sequence = origins.add(lane, offset, offset + count);
              map.set(origins.numberOf(sequence), { lane, from: offset, to: offset + count, sequence });
              given.add(origins.numberOf(sequence));
            }
          else {
            const before = Math.max(begin, origins.mark - each.left);
            origins.dropBefore(before);
            for (const [number, { sequence }] of map) if (sequence < before) map.delete(number);
          }
          for (const number of [...given, origins.numberOf(origins.mark), numberMax]) {
            const { sequence, ...origin } = map.get(number) ?? {};
            expect(origins.find(number)).toEqual(sequence === undefined ? undefined : origin);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
