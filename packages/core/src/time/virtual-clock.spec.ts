import { describe, expect, it } from '@jest/globals';
import { describeClock } from './clock.contract.js';
import { VirtualClock } from './index.js';

const start = Date.parse('2000-01-01T00:00:00Z');

describeClock('a virtual clock', () => {
  const clock = new VirtualClock();
  return {
    clock,
    async advance(ms) {
      clock.advanceTo(clock.now() + ms);
      await new Promise(setImmediate);
    },
    close: () => undefined,
  };
});

describe('VirtualClock', () => {
  it('starts with the year 2000, or when it is told to', () => {
    expect(new VirtualClock().now()).toBe(start);
    expect(new VirtualClock('2024-02-29T12:00:00Z').now()).toBe(Date.parse('2024-02-29T12:00:00Z'));
    expect(new VirtualClock(new Date(5)).now()).toBe(5);
    expect(() => new VirtualClock('no date')).toThrow(RangeError);
  });

  it('stands still until it is advanced', async () => {
    const clock = new VirtualClock();
    let isOver = false;
    void clock.sleep(1).then(() => {
      isOver = true;
    });
    await new Promise(setImmediate);
    expect([isOver, clock.now() - start, clock.sleeping]).toEqual([false, 0, 1]);
    clock.advanceTo(start + 1);
    await Promise.resolve();
    expect([isOver, clock.now() - start, clock.sleeping]).toEqual([true, 1, 0]);
  });

  it('fires in order of time, then of registration', () => {
    const clock = new VirtualClock(0);
    const fired: [string, number][] = [];
    const note = (name: string) => () => fired.push([name, clock.now()]);
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    clock.after(0, note('now'));
    clock.after(30, note('not yet'));
    clock.advanceTo(25);
    expect(fired).toEqual([
      ['now', 0],
      ['first', 10],
      ['second', 10],
      ['late', 20],
    ]);
    expect([clock.now(), clock.nextDue()]).toEqual([25, 30]);
  });

  it('counts sleeps, and no other wait', async () => {
    const clock = new VirtualClock(0);
    clock.after(10, () => undefined);
    const sleeps = [clock.sleep(10), clock.sleep(20)];
    expect(clock.sleeping).toBe(2);
    clock.advanceTo(10);
    await sleeps[0];
    expect(clock.sleeping).toBe(1);
  });

  it('fires what is scheduled on the way within the span', () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.now());
      clock.after(10, again);
    };
    clock.after(10, again);
    clock.advanceTo(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.nextDue()).toBe(40);
  });

  it('does not fire what was cancelled', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const cancel = clock.after(10, () => fired.push('cancelled'));
    clock.after(5, () => cancel());
    expect(clock.nextDue()).toBe(5);
    clock.advanceTo(100);
    expect([fired, clock.nextDue()]).toEqual([[], undefined]);
    cancel();
  });

  it('ends a sleep with the reason of its signal', async () => {
    const clock = new VirtualClock();
    const aborting = new AbortController();
    const sleeping = clock.sleep(10, aborting.signal);
    aborting.abort(new Error('no more time'));
    await expect(sleeping).rejects.toThrow('no more time');
    expect([clock.sleeping, clock.nextDue()]).toEqual([0, undefined]);
    await expect(clock.sleep(10, aborting.signal)).rejects.toThrow('no more time');
  });

  it('runs forward only', () => {
    const clock = new VirtualClock(100);
    expect(() => clock.advanceTo(99)).toThrow('100');
    expect(() => clock.advanceTo(Number.NaN)).toThrow(RangeError);
    clock.advanceTo(100);
    expect(clock.now()).toBe(100);
  });
});
