import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';

let app: TestApp;
afterEach(() => app?.stop());

describe('a retry that waits longer than handlers may take', () => {
  const slowly = { retry: { attempts: 2, backoff: '20s', jitter: 0 } } as const;
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', drainTimeout: '2s', errors: slowly } as const;
  const work = (value: string): string => {
    if (value === 'bad') throw new Error('always');
    return value.toUpperCase();
  };

  @App({ id: 'slow-serial', ...options })
  class Serial {
    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      return work(value);
    }
  }

  @App({ id: 'slow-keyed', ...options })
  class Keyed {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return work(value);
    }
  }

  @App({ id: 'slow-arrays', ...options })
  class Arrays {
    @Handler(inputs, { batch: { max: 1 }, sinks: [outputs] })
    take(values: string[]): string[] {
      return values.map(work);
    }
  }

  @App({ id: 'slow-loop', ...options })
  class Loop {
    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) yield work(value);
    }
  }

  const send = (value: string, partition: number) => ({ key: value, value, partition });

  it.each([
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('does not hold up the other partitions, and comes to its end: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), send('c', 1)]);
    await app.advance('5s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(expect.arrayContaining(['A', 'C']));
    await app.send(inputs, [send('d', 1)]);
    await app.advance('5s');
    expect(app.committed(inputs, 1)).toBe(2);
    await app.advance('1m');
    expect(app.deadLetters().map(({ value, attempts }) => [String(value), attempts])).toEqual([['bad', 3]]);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['A', 'B', 'C', 'D']);
    expect(app.committed(inputs, 0)).toBe(3);
  });

  it('does not hold up other keys, and what they did is not repeated after a crash', async () => {
    app = await TestApp.start(Keyed);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), { ...send('bad', 0), value: 'behind' }, send('c', 0)]);
    await app.advance('5s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['A', 'B', 'C']);
    expect(app.committed(inputs)).toBe(1);
    await app.send(inputs, [send('d', 0)]);
    await app.advance('5s');
    await app.crash();
    await app.restart();
    await app.advance('2m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad']);
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['A', 'B', 'C', 'D', 'BEHIND']);
    expect(app.committed(inputs)).toBe(6);
  });

  let runs: string[] = [];

  @App({ id: 'counted', ...options, commitInterval: '10s' })
  class Counted {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      runs.push(value);
      return work(value);
    }
  }

  // The transaction was undone at every hand-over and stop while a retry waited: all since the last commit ran again.
  it.each([
    ['a hand-over', () => app.join()],
    ['a restart', () => app.restart()],
  ])('has no other event run again at %s', async (_, happens) => {
    runs = [];
    app = await TestApp.start(Counted);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), { ...send('bad', 0), value: 'behind' }, send('c', 1)]);
    await app.settled();
    await happens();
    await app.advance('2m');
    expect(runs.filter((value) => value !== 'bad').sort()).toEqual(['a', 'b', 'behind', 'c']);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['A', 'B', 'BEHIND', 'C']);
    expect(app.committed(inputs)).toBe(4);
  });

  @App({ id: 'far', ...options, errors: { retry: { attempts: 1, backoff: '10m', jitter: 0 } } })
  class Far {
    @Handler(inputs, { concurrency: { by: 'key', max: 4, maxAhead: 10_000 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return work(value);
    }
  }

  it('lets others go as far ahead as a commit can note, also after a restart', async () => {
    app = await TestApp.start(Far);
    const numbers = Array.from({ length: 4_500 }, (_, index) => send(`${index}`, 0));
    await app.send(inputs, [send('bad', 0), ...numbers]);
    await app.advance('5s');
    expect(app.sent(outputs)).toHaveLength(3_999);
    await app.crash();
    await app.restart();
    await app.advance('5s');
    expect(app.sent(outputs)).toHaveLength(3_999);
    await app.advance('11m');
    expect(new Set(app.sent(outputs).map(({ value }) => value)).size).toBe(4_500);
    expect(app.sent(outputs)).toHaveLength(4_500);
    expect(app.committed(inputs)).toBe(4_501);
  }, 60_000);

  it('is handed over with what went on beyond it', async () => {
    app = await TestApp.start(Keyed);
    await app.send(inputs, [send('bad', 0), send('b', 0), send('bad', 1), send('c', 1)]);
    await app.advance('5s');
    await app.join();
    await app.advance('2m');
    expect(app.deadLetters()).toHaveLength(2);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['B', 'C']);
  });
});

describe('an event that fails again and again, having sent something', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 4, backoff: '5ms' } } } as const;

  let waits: boolean;

  class Work {
    readonly runs = new Map<string, number>();
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    do(value: string): void {
      this.runs.set(value, (this.runs.get(value) ?? 0) + 1);
      if (waits) void this.out.send({ key: value, value });
      else this.out.sendSoon({ key: value, value });
      if (value === 'bad') throw new Error('always');
    }
  }

  @App({ id: 'undone-serial', ...options })
  class Serial extends Work {
    @Handler(inputs)
    take(value: string): void {
      this.do(value);
    }
  }

  @App({ id: 'undone-keyed', ...options })
  class Keyed extends Work {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 } })
    async take(value: string): Promise<void> {
      this.do(value);
    }
  }

  @App({ id: 'undone-arrays', ...options })
  class Arrays extends Work {
    @Handler(inputs, { batch: { max: 3 } })
    take(values: string[]): void {
      for (const value of values) this.do(value);
    }
  }

  @App({ id: 'undone-loop', ...options })
  class Loop extends Work {
    @Agent(inputs)
    async take(stream: Stream<string>): Promise<void> {
      for await (const value of stream) this.do(value);
    }
  }

  const others = Array.from({ length: 8 }, (_, index) => `${index}`);
  const outcome = () => ({
    setAside: app.deadLetters().map(({ value }) => String(value)),
    out: app
      .sent(outputs)
      .map(({ value }) => value)
      .sort(),
  });

  async function live(shape: new (...args: never[]) => Work): Promise<number> {
    app = await TestApp.start(shape);
    await app.send(
      inputs,
      ['bad', ...others].map((value, index) => ({ key: value, value, partition: index % 2 })),
    );
    await app.advance('30s');
    const { runs } = app.get<Work>(shape);
    return Math.max(...others.map((value) => runs.get(value) ?? 0));
  }

  const shapes = [
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
  ] as const;

  // Each of its tries undid everything since the last commit, which did not come in between: with some of them about, nothing was committed any more.
  it.each(shapes)('has others run again at most once where somebody may wait for it: %s', async (_, shape) => {
    waits = true;
    expect(await live(shape)).toBeLessThanOrEqual(2);
    expect(outcome()).toEqual({ setAside: ['bad'], out: others });
  });

  it.each(shapes)('has no other run again where nobody does: %s', async (_, shape) => {
    waits = false;
    expect(await live(shape)).toBe(1);
    expect(outcome()).toEqual({ setAside: ['bad'], out: others });
  });
});
