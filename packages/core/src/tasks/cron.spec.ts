import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualClock } from '../time/index.js';
import type { LeaderTerm } from '../topology/index.js';
import { RunningCron } from './cron.js';
import { type CronDeclaration, CronTimes } from './cron-times.js';
import { crons } from './index.js';
import { LocalTime } from './local-time.js';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const at = (text: string) => Date.parse(text);
const shown = (instant: number) => new Date(instant).toISOString().replace(':00.000Z', 'Z').slice(5);

async function still(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** A cron on a virtual clock that notes when it was called. */
class Rig {
  readonly clock: VirtualClock;
  readonly calls: number[] = [];
  readonly failures: unknown[] = [];
  readonly cron: RunningCron;

  constructor(start: string, expression: string, timezone?: string, run: () => unknown = () => undefined) {
    this.clock = new VirtualClock(at(start));
    const declared: CronDeclaration = { expression, ...(timezone !== undefined && { timezone }) };
    const called = () => {
      this.calls.push(this.clock.now());
      return run();
    };
    this.cron = new RunningCron({ name: 'Shop.close', ...declared, run: called }, this.clock, {
      failed: (_, error) => this.failures.push(error),
      moved: () => undefined,
    });
    this.cron.start();
  }

  get shown(): string[] {
    return this.calls.map(shown);
  }

  /** Fires what is due one after another, and lets each come to its end. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    for (let due = this.clock.nextDue(); due !== undefined && due <= end; due = this.clock.nextDue()) {
      const before = this.calls.length;
      this.clock.advanceTo(due);
      if (this.calls.length > before) await still();
    }
    this.clock.advanceTo(end);
  }
}

describe('a cron', () => {
  it('comes once a local day for thirty days over which clocks are put forward', async () => {
    const rig = new Rig('2026-03-14T12:00:00Z', '30 2 * * *', 'Europe/Prague');
    await rig.advance(30 * day);
    expect(rig.calls).toHaveLength(30);
    // 02:30 is left out on the 29th: 03:00 is the first moment after.
    expect(rig.shown.slice(13, 17)).toEqual(['03-28T01:30Z', '03-29T01:00Z', '03-30T00:30Z', '03-31T00:30Z']);
  });

  it('comes once a local day for thirty days over which clocks are put back', async () => {
    const rig = new Rig('2026-10-10T12:00:00Z', '0 30 2 * * *', 'Europe/Prague');
    await rig.advance(30 * day);
    expect(rig.calls).toHaveLength(30);
    // 02:30 is there twice on the 25th.
    expect(rig.shown.slice(13, 17)).toEqual(['10-24T00:30Z', '10-25T00:30Z', '10-26T01:30Z', '10-27T01:30Z']);
  });

  it('comes once for several times that are left out together', async () => {
    const rig = new Rig('2026-03-28T12:00:00Z', '15,45 2 * * *', 'Europe/Prague');
    await rig.advance(2 * day);
    expect(rig.shown).toEqual(['03-29T01:00Z', '03-30T00:15Z', '03-30T00:45Z']);
  });

  it('keeps to zones whose day begins an hour late, or that put clocks back by half an hour', async () => {
    const late = new Rig('2018-11-03T12:00:00Z', '@daily', 'America/Sao_Paulo');
    await late.advance(2 * day);
    expect(late.shown).toEqual(['11-04T03:00Z', '11-05T02:00Z']);
    const half = new Rig('2026-04-03T20:00:00Z', '45 1 * * *', 'Australia/Lord_Howe');
    await half.advance(2 * day);
    expect(half.shown).toEqual(['04-04T14:45Z', '04-05T15:15Z']);
  });

  it('comes every hour that passes where no hours are named', async () => {
    const back = new Rig('2026-10-24T22:30:00Z', '0 * * * *', 'Europe/Prague');
    await back.advance(4 * 60 * minute);
    expect(back.shown).toEqual(['10-24T23:00Z', '10-25T00:00Z', '10-25T01:00Z', '10-25T02:00Z']);
    const forth = new Rig('2026-03-29T00:00:00Z', '*/30 * * * *', 'Europe/Prague');
    await forth.advance(90 * minute);
    expect(forth.shown).toEqual(['03-29T00:30Z', '03-29T01:00Z', '03-29T01:30Z']);
  });

  it('goes by UTC and to the second', async () => {
    const rig = new Rig('2026-01-01T00:00:05.500Z', '*/10 * * * * *');
    await rig.advance(30 * second);
    expect(rig.calls.map((each) => each - at('2026-01-01T00:00:00Z'))).toEqual([10_000, 20_000, 30_000]);
  });

  it('leaves out a time that comes while it still runs, and goes on after a failure', async () => {
    let finish = () => {};
    const slow = new Rig('2026-01-01T00:00:00Z', '* * * * *', undefined, () => new Promise<void>((resolve) => (finish = resolve)));
    await slow.advance(3 * minute);
    expect([slow.calls.length, slow.cron.running]).toEqual([1, 1]);
    finish();
    await still();
    await slow.advance(minute);
    expect(slow.shown).toEqual(['01-01T00:01Z', '01-01T00:04Z']);
    const failing = new Rig('2026-01-01T00:00:00Z', '* * * * *', undefined, () => Promise.reject(new Error('no')));
    await failing.advance(2 * minute);
    expect([failing.calls.length, failing.failures]).toEqual([2, [new Error('no'), new Error('no')]]);
  });

  it('is called for no time twice when the clock goes back, early when it jumps ahead, and once for what a pause has missed', async () => {
    let now = at('2026-01-01T00:00:30Z');
    let look = () => {};
    let waited = 0;
    const calls: number[] = [];
    const clock = {
      now: () => now,
      after: (ms: number, due: () => void) => {
        waited = ms;
        look = due;
        return () => undefined;
      },
      sleep: () => Promise.resolve(),
    };
    const run = () => new Promise<void>((resolve) => resolve(calls.push(now) as never));
    const cron = new RunningCron({ name: 'hourly', expression: '0 * * * *', run }, clock, {
      failed: () => undefined,
      moved: () => undefined,
    });
    const lookAt = async (time: string) => {
      now = at(time);
      look();
      await still();
    };
    cron.start();
    expect(waited).toBe(minute);
    await lookAt('2026-01-01T01:00:00.002Z');
    await lookAt('2026-01-01T00:59:59.990Z');
    await lookAt('2026-01-01T01:00:00Z');
    expect(calls).toHaveLength(1);
    await lookAt('2026-01-01T05:10:00Z');
    await lookAt('2026-01-01T05:11:00Z');
    expect(calls).toHaveLength(2);
    await lookAt('2026-01-01T06:00:00Z');
    expect(calls).toHaveLength(3);
  });

  it('waits for what runs when it is stopped, and comes no more', async () => {
    let finish = () => {};
    const rig = new Rig('2026-01-01T00:00:00Z', '* * * * *', undefined, () => new Promise<void>((resolve) => (finish = resolve)));
    await rig.advance(minute);
    let isStopped = false;
    const stopped = rig.cron.stop().then(() => {
      isStopped = true;
    });
    await rig.advance(minute);
    expect([isStopped, rig.clock.nextDue()]).toEqual([false, undefined]);
    finish();
    await stopped;
    expect(rig.calls).toHaveLength(1);
  });
});

/** Terms of leaders that note what is over, as what is committed does. */
class Terms {
  readonly over = new Map<string, number>();
  readonly calls: string[] = [];
  isBusy = false;

  /** One term: its cron on a clock of its own. */
  begin(start: string, missed: 'skip' | 'once' | 'all', run: () => unknown = () => undefined) {
    const clock = new VirtualClock(at(start));
    const term: LeaderTerm = {
      over: (name) => this.over.get(name),
      note: (name, time) => void this.over.set(name, Math.max(time, this.over.get(name) ?? time)),
      run: async ({ name, time = 0, isAgain }, called) => {
        if (this.isBusy) return false;
        this.calls.push(`${shown(time)}${isAgain === true ? ' again' : ''}`);
        await called({ time, signal: new AbortController().signal });
        term.note(name, time);
        return true;
      },
    };
    let tell: (term: LeaderTerm | undefined) => void = () => undefined;
    const description = { name: 'Shop.close', expression: '0 * * * *', onLeader: true, missed, run };
    const whenLeading = (listener: typeof tell) => {
      tell = listener;
      listener(term);
    };
    const cron = new RunningCron({ ...description, whenLeading }, clock, { failed: () => undefined, moved: () => undefined });
    cron.start();
    return { clock, tellAgain: () => tell(term), end: () => tell(undefined) };
  }
}

describe('a cron in the terms of leaders', () => {
  it.each([
    ['skip', ['01-01T01:00Z', '01-01T06:00Z']],
    ['once', ['01-01T01:00Z', '01-01T05:00Z', '01-01T06:00Z']],
    ['all', ['01-01T01:00Z', '01-01T02:00Z', '01-01T03:00Z', '01-01T04:00Z', '01-01T05:00Z', '01-01T06:00Z']],
  ] as const)('makes up for what came between them: %s', async (missed, calls) => {
    const terms = new Terms();
    const first = terms.begin('2026-01-01T00:30:00Z', missed);
    first.clock.advanceTo(at('2026-01-01T01:10:00Z'));
    await still();
    first.end();
    first.clock.advanceTo(at('2026-01-01T05:30:00Z'));
    const second = terms.begin('2026-01-01T05:30:00Z', missed);
    for (let ticks = 0; ticks < 6; ticks++) await still();
    second.clock.advanceTo(at('2026-01-01T06:00:00Z'));
    await still();
    expect(terms.calls).toEqual(calls);
  });

  it.each(['skip', 'once', 'all'] as const)('is called for no time twice by one whose clock is behind: %s', async (missed) => {
    const terms = new Terms();
    const first = terms.begin('2026-01-01T00:30:00Z', missed);
    first.clock.advanceTo(at('2026-01-01T01:00:01Z'));
    await still();
    first.end();
    const second = terms.begin('2026-01-01T00:59:00Z', missed);
    second.clock.advanceTo(at('2026-01-01T01:01:00Z'));
    await still();
    second.clock.advanceTo(at('2026-01-01T02:00:00Z'));
    await still();
    expect(terms.calls).toEqual(['01-01T01:00Z', '01-01T02:00Z']);
  });

  it.each(['skip', 'once', 'all'] as const)(
    'is called again for each that is taken back, and not for one that has failed: %s',
    async (missed) => {
      const terms = new Terms();
      let calls = 0;
      const { clock, tellAgain } = terms.begin('2026-01-01T00:30:00Z', missed, () => {
        if (++calls === 2) throw new Error('no');
      });
      const committed = terms.over.get('Shop.close') as number;
      for (const hour of ['01', '02', '03']) {
        clock.advanceTo(at(`2026-01-01T${hour}:00:00Z`));
        await still();
      }
      terms.over.set('Shop.close', committed);
      tellAgain();
      for (let ticks = 0; ticks < 3; ticks++) await still();
      expect(terms.calls.slice(0, 3)).toEqual(['01-01T01:00Z', '01-01T02:00Z', '01-01T03:00Z']);
      expect(terms.calls.slice(3)).toEqual(['01-01T01:00Z again', '01-01T03:00Z again']);
    },
  );

  it('is tried again a little later where handlers kept it waiting', async () => {
    const terms = new Terms();
    const { clock } = terms.begin('2026-01-01T00:30:00Z', 'skip');
    terms.isBusy = true;
    clock.advanceTo(at('2026-01-01T01:00:00Z'));
    await still();
    terms.isBusy = false;
    clock.advanceTo(at('2026-01-01T01:00:05Z'));
    await still();
    expect(terms.calls).toEqual(['01-01T01:00Z again']);
  });

  it('finds the newest of the times that are missed, however many these are', () => {
    const start = at('2026-01-01T00:00:00Z');
    for (const expression of ['* * * * * *', '*/7 * 3 * * *', '0 0 1 1 *', '30 2 * * *']) {
      const times = new CronTimes({ expression, timezone: 'Europe/Prague' });
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3_000 * day }), (ms) => {
          const before = (times.after(start) as number) - 1;
          const newest = times.latest(before, before + 1 + ms);
          expect(newest).toBeLessThanOrEqual(before + 1 + ms);
          expect(times.after(newest)).toBeGreaterThan(before + 1 + ms);
        }),
        { numRuns: 20 },
      );
    }
  });
});

describe('the times of a cron', () => {
  it('are the local times that it names, each once, in any zone', () => {
    const zones = [
      'Europe/Prague',
      'America/New_York',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'UTC',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        // Samoa left out a whole day, the 30th of December 2011: its time comes with the next day.
        fc.integer({ min: at('2012-01-15T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
        fc.nat(23),
        fc.nat(59),
        (timezone, start, hour, minuteOfHour) => {
          const local = new LocalTime(timezone);
          const times = new CronTimes({ expression: `${minuteOfHour} ${hour} * * *`, timezone });
          const days = new Set<number>();
          let instant = start;
          for (let count = 0; count < 8; count++) {
            const next = times.after(instant) as number;
            expect(next).toBeGreaterThan(instant);
            expect(next - instant).toBeLessThanOrEqual(2 * day);
            const named = Math.floor(local.of(next) / day) * day + hour * 60 * minute + minuteOfHour * minute;
            // At the time itself, for the first time; or where it is left out right after it.
            if (local.of(next) === named) expect(local.of(next - 60 * minute)).not.toBe(named);
            else expect(local.of(next - 1)).toBeLessThan(local.of(next) - minute);
            days.add(Math.floor(named / day));
            instant = next;
          }
          expect(days.size).toBe(8);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the faults of a cron', () => {
  const faults = (declared: object) => (crons.faults?.(declared as CronDeclaration, 'tick') ?? []).map(({ problem }) => problem);

  it('name what is no expression, what never comes, and what is no time zone', () => {
    expect(faults({ expression: '0 3 * * *', timezone: 'Europe/Prague' })).toEqual([]);
    expect(faults({ expression: '61 * * * *' })).toEqual(["its expression is '61 * * * *': Invalid value for minute: 61"]);
    for (const expression of ['', 'soon', '* * * *', '2026-01-01T00:00:00', '* * * * * * *', undefined, 5])
      expect(faults({ expression })).toHaveLength(1);
    expect(faults({ expression: '0 0 30 2 *' })).toEqual(["its expression '0 0 30 2 *' names a time that never comes"]);
    expect(faults({ expression: '@fortnightly' })).toHaveLength(1);
    expect(faults({ expression: '@daily', timezone: 'Mars/Olympus' })).toEqual(["its timezone is 'Mars/Olympus'"]);
    expect(faults({ expression: '@daily', timezone: 5, missed: 'all' })).toHaveLength(2);
  });
});
