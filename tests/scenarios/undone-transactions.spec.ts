import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

let app: TestApp;
afterEach(() => app?.stop());

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
