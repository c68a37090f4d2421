import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../time/index.js';
import { Alignment } from './alignment.js';

/** So many events go between two looks at the others. */
const perLook = 65;

/** A lane that gives out what has come as soon as it may. */
class TestLane {
  readonly given: number[] = [];
  readonly #waiting: number[] = [];
  readonly #turns: NonNullable<ReturnType<Alignment['open']>>;
  #reached = 0;

  constructor(
    alignment: Alignment,
    topic: string,
    private readonly isTimed = true,
  ) {
    this.#turns = alignment.open(topic, this) as NonNullable<ReturnType<Alignment['open']>>;
  }

  get next(): number | undefined {
    return this.#waiting.length > 0 && !this.isTimed ? Number.NaN : this.#waiting[0];
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isWaiting(): boolean {
    return this.#turns.isWaiting;
  }

  async came(...times: number[]): Promise<void> {
    this.#waiting.push(...times);
    this.#reached += times.length;
    this.#turns.came(this.#reached);
    this.wake();
    await settled();
  }

  wake(): void {
    while (this.#waiting.length > 0 && !this.#turns.isAhead) this.given.push(this.#waiting.shift() as number);
    if (this.#waiting.length === 0) this.#turns.emptied();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
}

const times = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('the topics of a partition group with a backlog', () => {
  let clock: VirtualClock;
  let alignment: Alignment;
  let a: TestLane;
  let b: TestLane;
  const pass = (ms: number) => {
    clock.advanceTo(clock.now() + ms);
    return settled();
  };

  beforeEach(() => {
    clock = new VirtualClock();
    alignment = new Alignment(['a', 'b'], clock);
    alignment.ends('a', 1_000);
    alignment.ends('b', 1_000);
    a = new TestLane(alignment, 'a');
    b = new TestLane(alignment, 'b');
  });

  it('are read in the order of their event times: whoever is ahead waits, also for what has not come yet', async () => {
    await a.came(...times(0, 950));
    expect([a.given.length, a.isWaiting]).toEqual([0, true]);
    await b.came(...times(0, 200));
    expect(b.given).toHaveLength(200);
    expect(a.given.length).toBeGreaterThanOrEqual(200);
    expect(a.given.length).toBeLessThanOrEqual(200 + perLook);
    await b.came(...times(200, 710));
    expect([a.given.length, b.given.length]).toEqual([950, 910]);
  });

  it('are read as they come once what was there at the beginning has come, but for a rest', async () => {
    await a.came(...times(0, 901));
    await b.came(...times(0, 901));
    await a.came(...times(5_000, 10));
    expect([a.given.length, a.isWaiting]).toEqual([911, false]);
  });

  it('are read as they come where there was nothing at the beginning', async () => {
    alignment = new Alignment(['a', 'b'], clock);
    const only = new TestLane(alignment, 'a');
    await only.came(...times(0, 500));
    expect(only.given).toHaveLength(500);
  });

  it('wait a moment only for a topic of which nothing comes, until something does', async () => {
    await a.came(...times(0, 200));
    await pass(250);
    expect(a.given).toHaveLength(0);
    await pass(250);
    await a.came(...times(200, 200));
    expect(a.given).toHaveLength(400);
    await b.came(0);
    await a.came(...times(400, 200));
    expect(a.given.length).toBeLessThanOrEqual(400 + perLook);
  });

  it('do not wait for times that stand in values, and these wait for nobody', async () => {
    alignment.restart();
    a = new TestLane(alignment, 'a');
    b = new TestLane(alignment, 'b', false);
    await b.came(...times(0, 300));
    expect(b.given).toHaveLength(300);
  });

  // Asked for the end of a partition that only one of them had grown by, no broker knew it, and the worker ended.
  it('are those of which the group has a partition', () => {
    alignment.reads('b');
    alignment.reads('elsewhere');
    expect(alignment.topics).toEqual(['b']);
  });

  it('leave nothing behind when they are closed', async () => {
    await a.came(...times(0, 200));
    alignment.close();
    await pass(1_000);
    expect(a.given).toHaveLength(0);
    expect(clock.nextDue()).toBeUndefined();
  });
});
