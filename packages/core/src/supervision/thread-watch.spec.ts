import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { RecentEvent } from '../lanes/index.js';
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

  pass(ms: number): void {
    this.#now += ms;
  }

  fireAfter(ms: number): void {
    this.pass(ms);
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }
}

let clock: LateClock;
let lines: string[];
let watch: ThreadWatch;
const event = (offset: number) => ({ topic: 'orders', partition: 2, offset, agent: 'Shop.take' });
let events: RecentEvent[] = [];
/** The share of the time that the process was busy. */
let busy = 1;

beforeEach(() => {
  clock = new LateClock();
  busy = 1;
  lines = [];
  const logger = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  watch = new ThreadWatch({ clock, logger, suspects: () => events.splice(0), cpuMs: () => clock.now() * busy });
  watch.start();
});

describe('the watch over the thread', () => {
  it('names the event that was begun when the thread was blocked for long', () => {
    events = [event(7)];
    clock.fireAfter(21_000);
    expect(lines).toEqual([expect.stringMatching(/^the thread was blocked for 20 s: .* It was Shop.take on orders\[2\]@7\. /)]);
  });

  it('names all that were begun when it cannot tell which it was, but not those from before', () => {
    events = [event(5), event(6)];
    clock.fireAfter(1_000);
    events = [event(7), event(8)];
    clock.fireAfter(21_000);
    expect(lines).toEqual([expect.stringContaining('one of these, in their order: Shop.take on orders[2]@7, Shop.take on orders[2]@8.')]);
  });

  it('is silent about timers that come a little late, and goes on looking', () => {
    for (let count = 0; count < 10; count++) clock.fireAfter(5_900);
    expect(lines).toEqual([]);
    clock.fireAfter(6_000);
    expect(lines).toHaveLength(1);
  });

  it('does not blame a handler when the process itself stood still', () => {
    busy = 0.01;
    clock.fireAfter(21_000);
    events = [event(7)];
    clock.fireAfter(21_000);
    expect(lines).toEqual([
      'the process stood still for 20 s and used no processor: it was halted, or its machine was',
      expect.stringContaining('unless a handler waited without giving the thread back: Shop.take on orders[2]@7'),
    ]);
  });

  it('looks a last time when it is stopped', () => {
    events = [event(7)];
    clock.pass(21_000);
    watch.stop();
    expect(lines).toEqual([expect.stringContaining('It was Shop.take on orders[2]@7.')]);
  });

  it('looks no more once it is stopped', () => {
    watch.stop();
    clock.fireAfter(60_000);
    expect(lines).toEqual([]);
  });
});
