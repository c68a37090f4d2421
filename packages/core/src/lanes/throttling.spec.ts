import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, json, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { value: json<number>() });
const results = topic('results', { value: json<number>() });

let app: TestApp;
afterEach(() => app?.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('an agent that throttles its stream, %s', (guarantee) => {
  @App({ id: 'throttling', errors: { retry: { attempts: 3, backoff: 100 } } })
  class Throttling {
    static readonly calls: [value: number, at: number][] = [];
    static failing: number | undefined;
    static now: () => number;

    @Agent(orders, { sinks: [results] })
    async *call(stream: Stream<number>): AsyncIterable<number> {
      for await (const value of stream.throttle(2, '10s')) {
        Throttling.calls.push([value, Throttling.now()]);
        if (Throttling.failing === value) {
          Throttling.failing = undefined;
          throw new Error('unlucky');
        }
        yield value;
      }
    }
  }

  @App({ id: 'gathering' })
  class Gathering {
    readonly seen: number[][] = [];

    @Agent(orders)
    async take(stream: Stream<number>): Promise<void> {
      for await (const some of stream.throttle(1, '1s').take(4, '10s')) this.seen.push(some);
    }
  }

  const start = async () => {
    Throttling.calls.length = 0;
    Throttling.failing = undefined;
    app = await TestApp.start(Throttling, { overrides: { guarantee } });
    Throttling.now = () => app.clock.now();
  };
  const send = (...values: number[]) =>
    app.send(
      orders,
      values.map((value) => ({ value })),
    );
  const values = () => Throttling.calls.map(([value]) => value);

  it('commits what the loop is done with while the rest waits, and goes on with that after a crash', async () => {
    await start();
    await send(1, 2, 3, 4, 5);
    await app.settled();
    expect(values()).toEqual([1, 2]);
    expect(app.committed(orders)).toBe(2);
    await app.advance('10s');
    expect(values()).toEqual([1, 2, 3, 4]);
    await app.crash();
    await app.restart();
    await app.settled();
    expect(values().at(-1)).toBe(5);
    expect(app.sent(results).map(({ value }) => value)).toEqual([1, 2, 3, 4, 5]);
    expect(app.committed(orders)).toBe(5);
  });

  it('keeps to its pace over failures: what runs again counts, too', async () => {
    await start();
    Throttling.failing = 2;
    await send(1, 2, 3, 4, 5, 6);
    await app.settled();
    for (let seconds = 0; seconds < 60; seconds++) await app.advance('1s');
    expect(app.sent(results).map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(values()).toEqual([1, 2, 2, 3, 4, 5, 6]);
    const times = Throttling.calls.map(([, at]) => at);
    for (let index = 2; index < times.length; index++) expect(times[index] - times[index - 2]).toBeGreaterThanOrEqual(10_000);
  });

  it('fills arrays at its pace, and commits none of an array that the loop does not have', async () => {
    app = await TestApp.start(Gathering, { overrides: { guarantee } });
    await send(1, 2, 3, 4, 5);
    await app.settled();
    await app.advance('2s');
    expect([app.get(Gathering).seen, app.committed(orders)]).toEqual([[], 0]);
    await app.advance('3s');
    expect([app.get(Gathering).seen, app.committed(orders)]).toEqual([[[1, 2, 3, 4]], 4]);
    await app.advance('10s');
    expect([app.get(Gathering).seen, app.committed(orders)]).toEqual([[[1, 2, 3, 4], [5]], 5]);
  });

  it('is not waited for when the worker stops', async () => {
    await start();
    await send(1, 2, 3);
    await app.settled();
    const before = app.clock.now();
    await app.restart();
    expect(app.clock.now() - before).toBeLessThan(10_000);
    await app.settled();
    expect(values()).toEqual([1, 2, 3]);
  });
});
