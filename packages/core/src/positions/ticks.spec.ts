import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readTick, withoutCompleted, writeNotes } from './offset-metadata.js';
import { Ticks, ticksMax } from './ticks.js';

function begun(noted: string | undefined): Ticks {
  const ticks = new Ticks();
  ticks.begin(noted);
  return ticks;
}

describe('the ticks of a partition', () => {
  it('are read as they were written, beside whatever else is noted', () => {
    const times = fc.dictionary(fc.string(), fc.integer({ min: 0, max: 36 ** 8 - 1 }), { maxKeys: ticksMax });
    fc.assert(
      fc.property(times, (all) => {
        const ticks = new Ticks();
        for (const [name, time] of Object.entries(all)) ticks.note(name, time);
        const metadata = writeNotes(new Map([['Shop.take', { to: 7, except: [3] }]]), { set: 'a,b', tick: ticks.noted });
        for (const read of [metadata, withoutCompleted(metadata)]) {
          const again = begun(readTick(read));
          for (const [name, time] of Object.entries(all)) expect(again.of(name)).toBe(time);
          expect(again.noted).toBe(ticks.noted);
        }
      }),
    );
  });

  it('do not go back, and are taken back to what is committed', () => {
    const ticks = new Ticks();
    ticks.note('a', 10);
    ticks.note('a', 9);
    expect(ticks.of('a')).toBe(10);
    ticks.hasCommitted(ticks.noted);
    ticks.note('a', 12);
    ticks.note('b', 12);
    expect(ticks.noted).not.toBe(ticks.committed);
    ticks.dropped();
    expect([ticks.of('a'), ticks.of('b'), ticks.noted]).toEqual([10, undefined, ticks.committed]);
  });

  it('begin once with what is committed: what has come since stays', () => {
    const before = new Ticks();
    before.note('a', 10);
    const ticks = begun(before.noted);
    ticks.note('a', 20);
    ticks.begin(before.noted);
    expect([ticks.of('a'), ticks.committed]).toEqual([20, before.noted]);
  });

  it('leave out those whose last one is oldest where there are too many', () => {
    const ticks = new Ticks();
    for (let tick = 0; tick <= ticksMax; tick++) ticks.note(`cron ${tick}`, 1_000 - tick);
    expect([ticks.of('cron 0'), ticks.of(`cron ${ticksMax}`)]).toEqual([1_000, undefined]);
    for (const foreign of [undefined, '', 'noted by somebody else']) expect(begun(foreign).of('cron 0')).toBeUndefined();
  });
});
