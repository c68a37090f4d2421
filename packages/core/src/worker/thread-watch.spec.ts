import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type Clock, sleepOn } from '../time/index.js';
import { ThreadWatch } from './thread-watch.js';

/** A clock whose timers come as late as the test says. */
class LateClock implements Clock {
  #now = 0;
  #due: (() => void) | undefined;

  now(): number {
    return this.#now;
  }

  after(_ms: number, due: () => void): () => void {
    this.#due = due;
    return () => {
      this.#due = undefined;
    };
  }

  sleep(ms: number): Promise<void> {
    return sleepOn(this, ms);
  }

  fireAfter(ms: number): void {
    this.#now += ms;
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }
}

let clock: LateClock;
let lines: string[];
let watch: ThreadWatch;

beforeEach(() => {
  clock = new LateClock();
  lines = [];
  const logger = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  watch = new ThreadWatch({ clock, logger, latest: () => ({ topic: 'orders', partition: 2, offset: 7, agent: 'Shop.take' }) });
  watch.start();
});

describe('the watch over the thread', () => {
  it('names the event begun last when the thread was blocked for long', () => {
    clock.fireAfter(21_000);
    expect(lines).toEqual([
      expect.stringMatching(/^the thread was blocked for 20 s: .* the event begun last was orders\[2\]@7, by Shop.take\. /),
    ]);
  });

  it('is silent about timers that come a little late, and goes on looking', () => {
    for (let count = 0; count < 10; count++) clock.fireAfter(5_900);
    expect(lines).toEqual([]);
    clock.fireAfter(6_000);
    expect(lines).toHaveLength(1);
  });

  it('looks no more once it is stopped', () => {
    watch.stop();
    clock.fireAfter(60_000);
    expect(lines).toEqual([]);
  });
});
