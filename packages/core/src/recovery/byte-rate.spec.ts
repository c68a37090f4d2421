import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../time/index.js';
import { ByteRate } from './byte-rate.js';

describe('a rate of bytes', () => {
  it('lets a second’s worth through at once, and then as much as comes in each second', async () => {
    const clock = new VirtualClock('2000-01-01');
    const rate = new ByteRate(clock, 1_000);
    expect(rate.took(1_000)).toBeUndefined();
    let isThere = false;
    const waiting = rate.took(500)?.then(() => {
      isThere = true;
    });
    clock.advanceTo(clock.now() + 499);
    await Promise.resolve();
    expect(isThere).toBe(false);
    clock.advanceTo(clock.now() + 1);
    await waiting;
    clock.advanceTo(clock.now() + 60_000);
    expect([rate.took(1_000), rate.took(1)]).toEqual([undefined, expect.any(Promise)]);
  });

  it('keeps nobody waiting without a limit, or once it is over', async () => {
    const clock = new VirtualClock('2000-01-01');
    expect(new ByteRate(clock, Number.POSITIVE_INFINITY).took(1e12)).toBeUndefined();
    const rate = new ByteRate(clock, 1);
    const waiting = rate.took(1_000);
    rate.end();
    await waiting;
    expect(rate.took(1_000)).toBeUndefined();
  });
});
