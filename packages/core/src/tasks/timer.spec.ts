import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../errors/index.js';
import type { Duration } from '../time/index.js';
import { VirtualClock } from '../time/index.js';
import type { Tick } from '../topology/index.js';
import { RunningTimer, type TimerDescription, timerProblem } from './index.js';

/** A timer on a virtual clock that notes when it was called. */
class Rig {
  readonly clock = new VirtualClock(0);
  readonly calls: number[] = [];
  readonly failures: unknown[] = [];
  moves = 0;
  readonly timer: RunningTimer;

  constructor({ every = '1s' as Duration, ...options }: Partial<TimerDescription> = {}) {
    const run = options.run ?? (() => undefined);
    const description = {
      ...{ name: 'Shop.tick', every, ...options },
      run: (tick: Tick) => {
        this.calls.push(this.clock.now());
        return run(tick);
      },
    };
    this.timer = new RunningTimer(description, this.clock, {
      failed: (timer, error) => this.failures.push([timer, error]),
      moved: () => this.moves++,
    });
  }

  /** Fires what is due one after another, and lets each come to its end. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    for (let due = this.clock.nextDue(); due !== undefined && due <= end; due = this.clock.nextDue()) {
      this.clock.advanceTo(due);
      await still();
    }
    this.clock.advanceTo(end);
  }
}

async function still(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await Promise.resolve();
}

describe('a timer', () => {
  it('comes first after one whole interval', async () => {
    const rig = new Rig();
    rig.timer.start();
    await rig.advance(999);
    expect(rig.calls).toEqual([]);
    await rig.advance(1);
    expect(rig.calls).toEqual([1_000]);
  });

  it('does not drift in ten thousand ticks that each come late', () => {
    const rig = new Rig({ every: 100, overlap: 'allow' });
    // A clock on which everything is a little late, as timers of a busy process are.
    const late = { ...rig.clock, now: () => rig.clock.now(), sleep: rig.clock.sleep.bind(rig.clock) };
    let ticks = 0;
    const timer = new RunningTimer(
      { name: 'late', every: 100, overlap: 'allow', run: () => ticks++ },
      { ...late, after: (ms, due) => rig.clock.after(ms + 7.3, due) },
      { failed: () => undefined, moved: () => undefined },
    );
    timer.start();
    rig.clock.advanceTo(100 * 10_000 + 50);
    expect(ticks).toBe(10_000);
  });

  it('does not drift when its interval is no whole number', () => {
    const rig = new Rig({ every: 33.3, overlap: 'allow' });
    rig.timer.start();
    rig.clock.advanceTo(333_000 + 1);
    expect(rig.calls).toHaveLength(10_000);
    expect(rig.calls.at(-1)).toBeCloseTo(333_000, 3);
  });

  it('leaves out what it missed in a long pause and goes on in step', () => {
    const rig = new Rig({ overlap: 'allow' });
    let now = 0;
    const scheduled: { readonly at: number; readonly due: () => void }[] = [];
    const clock = {
      now: () => now,
      after: (ms: number, due: () => void) => {
        scheduled.push({ at: now + ms, due });
        return () => undefined;
      },
      sleep: rig.clock.sleep,
    };
    let ticks = 0;
    new RunningTimer({ name: 'paused', every: '1s', overlap: 'allow', run: () => ticks++ }, clock, {
      failed: () => undefined,
      moved: () => undefined,
    }).start();
    now = 10_400;
    scheduled.shift()?.due();
    expect(ticks).toBe(1);
    expect(scheduled.map(({ at }) => at)).toEqual([11_000]);
  });

  it('leaves out ticks while the last one still runs', async () => {
    let finish = () => {};
    const rig = new Rig({ run: () => new Promise<void>((resolve) => (finish = resolve)) });
    rig.timer.start();
    await rig.advance(3_500);
    expect(rig.calls).toEqual([1_000]);
    expect(rig.timer.running).toBe(1);
    finish();
    await still();
    expect([rig.timer.running, rig.moves]).toEqual([0, 1]);
    await rig.advance(500);
    expect(rig.calls).toEqual([1_000, 4_000]);
  });

  it('starts another beside it when overlap is allowed', async () => {
    const rig = new Rig({ overlap: 'allow', run: () => new Promise(() => {}) });
    rig.timer.start();
    await rig.advance(3_000);
    expect(rig.timer.running).toBe(3);
  });

  it('goes on after a tick that failed, at once or later', async () => {
    const errors = [new Error('at once'), new Error('later')];
    const rig = new Rig({
      run: () => {
        if (rig.calls.length === 1) throw errors[0];
        return rig.calls.length === 2 ? Promise.reject(errors[1]) : undefined;
      },
    });
    rig.timer.start();
    await rig.advance(3_000);
    expect(rig.calls).toEqual([1_000, 2_000, 3_000]);
    expect(rig.failures).toEqual(errors.map((error) => ['Shop.tick', error]));
  });

  it('takes its next tick back when it is stopped, and waits for the one that runs', async () => {
    let finish = () => {};
    const rig = new Rig({ run: () => new Promise<void>((resolve) => (finish = resolve)) });
    rig.timer.start();
    await rig.advance(1_000);
    let isStopped = false;
    const stopped = rig.timer.stop().then(() => {
      isStopped = true;
    });
    await still();
    expect([isStopped, rig.clock.nextDue()]).toEqual([false, undefined]);
    finish();
    await stopped;
    await rig.advance(10_000);
    expect(rig.calls).toEqual([1_000]);
  });

  it('stops at once when nothing runs, also before it has started', async () => {
    await new Rig().timer.stop();
    const rig = new Rig();
    rig.timer.start();
    await rig.timer.stop();
    expect(rig.clock.nextDue()).toBeUndefined();
  });
});

describe('a timer that cannot be', () => {
  it.each([[0], [0.5], [-1], ['soon' as '1s'], [Number.NaN], ['0s' as const]])('has the interval %p', (every) => {
    const description = { name: 'Shop.tick', every, run: () => undefined };
    expect(timerProblem(description)).toMatch(/^timer Shop\.tick: expected /);
    expect(() => new RunningTimer(description, new VirtualClock(), { failed: () => undefined, moved: () => undefined })).toThrow(
      ConfigurationError,
    );
  });

  it('is one only for a reason', () => {
    expect(timerProblem({ name: 'tick', every: '1ms', run: () => undefined })).toBeUndefined();
  });
});
