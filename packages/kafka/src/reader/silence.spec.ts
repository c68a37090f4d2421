import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '@weir/core/internal/errors';
import type { LogEnds } from '@weir/core/internal/transport';
import { codes } from '../errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { Silence } from './silence.js';
import { Tracks } from './tracks.js';

const at = { topic: 't', partition: 0 };
const missing = new TransportError('there is no t[0]', { code: 'TOPIC_MISSING', partition: at });
const none = () => undefined;
const logger = { debug: none, info: none, warn: none, error: none } as never;

let clock: ManualClock;
let tracks: Tracks;
let silence: Silence;
let answer: LogEnds | TransportError;
let asked: number;
let restarted: number[];

beforeEach(() => {
  clock = new ManualClock();
  tracks = new Tracks();
  tracks.begin({ ...at, offset: 4 }, 0);
  answer = { low: 0, stable: 8, high: 8 };
  asked = 0;
  restarted = [];
  silence = new Silence({
    ...{ tracks, clock, logger, isolation: 'committed', found: none },
    ends: async (partitions) => {
      asked += 1;
      return partitions.map(() => answer);
    },
    restart: async (some) => void restarted.push(...some.map(({ position }) => position!)),
  });
});

/** Polls twice a second, and nothing comes. */
async function wait(seconds: number): Promise<void> {
  for (let halves = 0; halves < 2 * seconds; halves++) {
    silence.look();
    await turn();
    await clock.advance(500);
  }
}

describe('a partition of which nothing comes', () => {
  it('is asked about once a second, and not before a second is over', async () => {
    await wait(1);
    expect(asked).toBe(0);
    await wait(3);
    expect(asked).toBe(3);
  });

  it('is asked about less often when it is at its end', async () => {
    answer = { low: 0, stable: 4, high: 9 };
    await wait(11);
    // After one second, six and eleven.
    expect(asked).toBe(2);
    expect(tracks.get(at)).toMatchObject({ isAtEnd: true });
    expect(restarted).toEqual([]);
  });

  it('cannot be read when the log begins after its place, or ends before it', async () => {
    for (const ends of [
      { low: 5, stable: 8, high: 8 },
      { low: 0, stable: 2, high: 3 },
    ]) {
      answer = ends;
      tracks.begin({ ...at, offset: 4 }, clock.now());
      await wait(2);
      expect(tracks.fault).toMatchObject({
        code: 'OFFSET_OUT_OF_RANGE',
        message: expect.stringContaining(`from ${ends.low} to ${ends.high}`),
      });
    }
  });

  it('is missing when two questions in a row are answered so', async () => {
    answer = missing;
    await wait(1.5);
    expect([asked, tracks.fault]).toEqual([1, undefined]);
    answer = { low: 0, stable: 4, high: 4 };
    await wait(1);
    answer = missing;
    await wait(5);
    expect(tracks.fault).toBeUndefined();
    await wait(1);
    expect(tracks.fault).toBe(missing);
  });

  it('is read anew when the broker has more for ten seconds', async () => {
    await wait(11);
    expect(restarted).toEqual([]);
    await wait(1);
    expect(restarted).toEqual([4]);
  });

  it('is left alone while the broker does not answer', async () => {
    answer = new TransportError('no answer', { code: 'BROKER_UNREACHABLE', retriable: true });
    await wait(30);
    expect([tracks.fault, restarted]).toEqual([undefined, []]);
  });

  it('is not blamed for not having been polled', async () => {
    await clock.advance(60_000);
    silence.look();
    expect(asked).toBe(0);
  });

  it('is not asked about while something comes', async () => {
    for (let offset = 4; offset < 20; offset++) {
      tracks.heard({ ...at, offset, code: codes.partitionEnd, message: 'end' }, clock.now());
      await wait(1);
    }
    expect(asked).toBe(0);
  });
});
