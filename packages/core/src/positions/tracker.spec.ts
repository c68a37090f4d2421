import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Tracker } from './index.js';

/** Says the same with everything written down and counted anew each time. */
class NaiveTracker {
  readonly #events: { readonly offset: number; isFinished: boolean }[] = [];

  deliver(offset: number): number {
    return this.#events.push({ offset, isFinished: false }) - 1;
  }

  finish(ticket: number): void {
    this.#events[ticket].isFinished = true;
  }

  get #firstUnfinished(): number {
    const index = this.#events.findIndex(({ isFinished }) => !isFinished);
    return index === -1 ? this.#events.length : index;
  }

  get committable(): number | undefined {
    return this.#firstUnfinished === 0 ? undefined : this.#events[this.#firstUnfinished - 1].offset + 1;
  }

  get unfinished(): number[] {
    return this.#events.filter(({ isFinished }) => !isFinished).map(({ offset }) => offset);
  }

  get doneTo(): number {
    return Math.max(0, ...this.#events.filter(({ isFinished }) => isFinished).map(({ offset }) => offset + 1));
  }

  get finished(): number {
    return this.#events.filter(({ isFinished }) => isFinished).length;
  }

  get span(): number {
    return this.#events.length - this.#firstUnfinished;
  }

  get oldest(): number | undefined {
    return this.#events[this.#firstUnfinished]?.offset;
  }
}

const facts = ({ committable, unfinished, span, oldest, doneTo, finished }: Tracker | NaiveTracker) => ({
  ...{ committable, unfinished, span, oldest, doneTo, finished },
});

describe('a tracker', () => {
  it('lets nothing be committed before the first event is finished', () => {
    const tracker = new Tracker();
    expect(facts(tracker)).toMatchObject({ committable: undefined, unfinished: [], span: 0, oldest: undefined });
    tracker.deliver(7);
    expect(facts(tracker)).toMatchObject({ committable: undefined, unfinished: [7], span: 1, oldest: 7 });
  });

  it('lets the first offset of a partition be committed as 1', () => {
    const tracker = new Tracker();
    tracker.finish(tracker.deliver(0));
    expect(tracker.committable).toBe(1);
  });

  it('commits nothing past an event that is unfinished, and all up to the next when it is finished', () => {
    const tracker = new Tracker();
    const [first, second, third] = [10, 11, 12].map((offset) => tracker.deliver(offset));
    tracker.finish(third);
    tracker.finish(second);
    expect(facts(tracker)).toEqual({ committable: undefined, unfinished: [10], span: 3, oldest: 10, doneTo: 13, finished: 2 });
    tracker.finish(first);
    expect(facts(tracker)).toEqual({ committable: 13, unfinished: [], span: 0, oldest: undefined, doneTo: 13, finished: 3 });
  });

  it('never counts offsets: over a gap it commits after what was delivered, not before what may come', () => {
    const tracker = new Tracker();
    tracker.finish(tracker.deliver(5));
    expect(tracker.committable).toBe(6);
    const late = tracker.deliver(900);
    expect(tracker.committable).toBe(6);
    tracker.finish(late);
    expect(tracker.committable).toBe(901);
  });

  it('does nothing when an event is finished twice, also long after', () => {
    const tracker = new Tracker();
    const first = tracker.deliver(0);
    tracker.finish(first);
    tracker.finish(first);
    for (let offset = 1; offset < 200; offset++) tracker.deliver(offset);
    tracker.finish(first);
    expect(facts(tracker)).toMatchObject({ committable: 1, span: 199, oldest: 1, finished: 1 });
  });

  it('does nothing for a ticket that was never given', () => {
    const tracker = new Tracker();
    tracker.finish(0);
    tracker.finish(-1);
    const ticket = tracker.deliver(3);
    expect(tracker.unfinished).toEqual([3]);
    tracker.finish(ticket);
    expect(tracker.committable).toBe(4);
  });

  it('keeps offsets that need more than 32 bits', () => {
    const tracker = new Tracker();
    tracker.finish(tracker.deliver(2 ** 52));
    expect(tracker.committable).toBe(2 ** 52 + 1);
  });

  it('says what a naive one says, whatever the gaps, the order and the number in flight', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1_000)) }) },
      { weight: 2, arbitrary: fc.record({ finish: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ burst: fc.integer({ min: 60, max: 300 }) }) },
    );
    fc.assert(
      fc.property(fc.nat(100), fc.array(step, { maxLength: 200 }), (start, steps) => {
        const tracker = new Tracker();
        const naive = new NaiveTracker();
        const tickets: (readonly [number, number])[] = [];
        let next = start;
        let lastCommittable = -1;
        const deliver = (gap: number) => {
          next += gap;
          tickets.push([tracker.deliver(next), naive.deliver(next)]);
          next++;
        };
        for (const each of steps) {
          if ('gap' in each) deliver(each.gap);
          else if ('burst' in each) for (let count = 0; count < each.burst; count++) deliver(0);
          else if (tickets.length > 0) {
            const [real, modelled] = tickets[each.finish % tickets.length];
            tracker.finish(real);
            naive.finish(modelled);
          }
          expect(facts(tracker)).toEqual(facts(naive));
          expect(tracker.committable ?? lastCommittable).toBeGreaterThanOrEqual(lastCommittable);
          lastCommittable = tracker.committable ?? -1;
        }
      }),
      { numRuns: 200 },
    );
  });
});
