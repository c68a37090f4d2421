import { describe, expect, it, jest } from '@jest/globals';
import { describeClock } from './clock.contract.js';
import { SystemClock, sleepOn, VirtualClock } from './index.js';

describeClock('the machine', () => {
  jest.useFakeTimers();
  return {
    clock: new SystemClock(),
    advance: (ms) => jest.advanceTimersByTimeAsync(ms),
    close: () => void jest.useRealTimers(),
  };
});

describe('the machine clock', () => {
  const clock = new SystemClock();

  it('tells the time in milliseconds since 1970', () => {
    const before = Date.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('calls once when the time has come, and not what was taken back', async () => {
    const heard: string[] = [];
    const cancel = clock.after(0, () => heard.push('taken back'));
    cancel();
    await new Promise<void>((resolve) => {
      clock.after(1, () => {
        heard.push('due');
        resolve();
      });
    });
    cancel();
    expect(heard).toEqual(['due']);
  });

  it('sleeps', async () => {
    const begun = performance.now();
    await clock.sleep(5);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(4);
  });
});

describe('sleeping', () => {
  it('ends with the reason of a signal that is aborted first, and leaves nothing scheduled', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleep = sleepOn(clock, 1_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    expect(clock.nextDue()).toBeUndefined();
  });

  it('does not begin when the signal is aborted already', async () => {
    const clock = new VirtualClock();
    await expect(sleepOn(clock, 1_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(clock.nextDue()).toBeUndefined();
  });

  it('does not mind a signal that is aborted after it', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleep = sleepOn(clock, 1_000, controller.signal);
    clock.advanceTo(clock.now() + 1_000);
    await sleep;
    controller.abort();
    await expect(sleep).resolves.toBeUndefined();
  });
});
