import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from './index.js';

/** A clock whose hands the suite can turn. */
export interface ClockSubject {
  readonly clock: Clock;
  /** Lets time pass, and what was waiting for it go on. */
  advance(ms: number): Promise<void>;
  close(): void;
}

const dayMs = 86_400_000;
/** Twice as long as what a timer of Node can wait, and a third of it. */
const longMs = 60 * dayMs;

/** What every clock must do, the machine's and those of tests. */
export function describeClock(name: string, open: () => ClockSubject): void {
  describe(`the clock contract on ${name}`, () => {
    let subject: ClockSubject;
    let clock: Clock;
    let heard: number[];
    const note = () => heard.push(clock.now() - began);
    let began: number;

    beforeEach(() => {
      subject = open();
      clock = subject.clock;
      began = clock.now();
      heard = [];
    });
    afterEach(() => subject.close());

    it('calls once when the time has come, not before', async () => {
      clock.after(10, note);
      await subject.advance(9);
      expect(heard).toEqual([]);
      await subject.advance(1);
      await subject.advance(100);
      expect(heard).toEqual([10]);
    });

    it('does not call what was taken back, before or after it was due', async () => {
      const cancel = clock.after(10, note);
      const late = clock.after(5, note);
      cancel();
      await subject.advance(20);
      late();
      expect(heard).toEqual([5]);
    });

    it('calls in the order of time', async () => {
      clock.after(20, note);
      clock.after(0, note);
      clock.after(10, () => clock.after(5, note));
      await subject.advance(30);
      expect(heard.map((ms) => ms - (ms % 5))).toEqual([0, 15, 20]);
    });

    // Each was due at once: '@Timer('60d')' ran a thousand times a second, and a handler with 30 days' time failed with its first await.
    it.each([
      ['the longest time that a timer of Node can wait', 2 ** 31 - 1],
      ['a millisecond more', 2 ** 31],
      ['60 days', longMs],
      ['ten years', 3_650 * dayMs],
    ])('waits for %s', async (_, ms) => {
      clock.after(ms, note);
      await subject.advance(ms - 1);
      expect(heard).toEqual([]);
      await subject.advance(1);
      expect(heard).toEqual([ms]);
    });

    it('takes back what waits for months, whenever that is', async () => {
      const cancels = [0, 1, 2].map(() => clock.after(longMs, note));
      for (const cancel of cancels) {
        cancel();
        await subject.advance(25 * dayMs);
      }
      expect(heard).toEqual([]);
    });

    it('sleeps for months, or until it is aborted', async () => {
      const ends: string[] = [];
      const controller = new AbortController();
      void clock.sleep(longMs).then(() => ends.push('slept'));
      clock.sleep(longMs, controller.signal).catch((error: Error) => ends.push(error.message));
      await subject.advance(longMs - 1);
      expect(ends).toEqual([]);
      controller.abort(new Error('enough'));
      await subject.advance(1);
      expect(ends.sort()).toEqual(['enough', 'slept']);
    });
  });
}
