import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, json, OnStart, OnStop, type Stream, Timer, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';
import { type Order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const order = (id: number) => ({ key: `k${id}`, value: { id } });
const later = async <T>(value: T): Promise<T> => value;

describe.each(['at-least-once', 'exactly-once'] as const)('a generator under @Handler, %s', (guarantee) => {
  const parts = topic('parts', { value: json<string>() });
  const written = () => app.sent(parts).map(({ value }) => value);

  // It used to be called and never run: the offset was committed, and a JSON sink was given {}.
  it('runs, and each yield goes to the sinks in order, under the key of its event', async () => {
    @App({ id: 'yields' })
    class Yields {
      @Handler(orders, { sinks: [parts] })
      async *take({ id }: Order): AsyncGenerator<string | undefined, void> {
        yield `${id}a`;
        yield undefined;
        await Promise.resolve();
        yield `${id}b`;
      }
    }
    app = await TestApp.start(Yields, { overrides: { guarantee } });
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    expect(written()).toEqual(['1a', '1b', '2a', '2b']);
    expect(app.sent(parts)[1]).toMatchObject({ key: 'k1' });
    expect(app.committed(orders)).toBe(2);
  });

  // All that it yielded was kept in memory until it had come to its end.
  it('has more results than are kept until its end, and is run again when it fails after them', async () => {
    let before = 0;
    let runs = 0;
    @App({ id: 'yields-many', errors: { retry: { attempts: 1, backoff: '10ms' } } })
    class YieldsMany {
      @Handler(orders, { sinks: [parts] })
      async *take(): AsyncGenerator<string, void> {
        for (let part = 0; part < 5_000; part++) yield String(part);
        await app.clock.sleep(50);
        before = app.broker.messages('parts').length;
        if (++runs === 1) throw new Error('once');
      }
    }
    app = await TestApp.start(YieldsMany, { overrides: { guarantee } });
    await app.send(orders, order(1));
    await app.advance('10s');
    if (guarantee === 'at-least-once') expect(before).toBeGreaterThanOrEqual(5_000);
    else expect(written()).toHaveLength(5_000);
    expect(new Set(written()).size).toBe(5_000);
    expect(app.committed(orders)).toBe(1);
  });

  it.each([
    ['by key', { concurrency: { by: 'key', max: 4 } }],
    ['one after another', {}],
  ] as const)('may be synchronous, and may be what an async handler gives: %s', async (_, options) => {
    @App({ id: 'forms' })
    class Forms {
      @Handler(orders, { ...options, sinks: [parts], name: 'sync' })
      *take({ id }: Order): Generator<string, void> {
        yield `${id} sync`;
      }
      @Handler(orders, { ...options, sinks: [parts], name: 'given' })
      async give({ id }: Order): Promise<never> {
        return (async function* () {
          yield [Promise.resolve(id), 'given'];
        })() as never;
      }
    }
    app = await TestApp.start(Forms, { overrides: { guarantee } });
    await app.send(orders, [order(1)]);
    await app.settled();
    expect(written()).toHaveLength(2);
    expect(written()).toEqual(expect.arrayContaining(['1 sync', [1, 'given']]));
    expect(app.committed(orders)).toBe(1);
  });

  it('may be synchronous and give promises in between, and is closed where one of its results fails', async () => {
    const closed: number[] = [];
    const refuse = async (part: string) => {
      if (part === '2b') throw new Error('refused');
    };
    @App({ id: 'between', errors: { retry: { attempts: 0 } } })
    class Between {
      @Handler(orders, { sinks: [refuse, parts] })
      *take({ id }: Order): Generator<string, void> {
        try {
          yield `${id}a`;
          yield later(`${id}b`) as unknown as string;
          yield `${id}c`;
        } finally {
          closed.push(id);
        }
      }
    }
    app = await TestApp.start(Between, { overrides: { guarantee } });
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    expect(written()).toEqual(['1a', '1b', '1c']);
    expect(app.deadLetters().map(({ error }) => error.message)).toEqual([expect.stringContaining('refused')]);
    expect(closed).toEqual([1, 2]);
    expect(app.committed(orders)).toBe(2);
  });

  it('follows the error policy when it throws in the middle', async () => {
    let tries = 0;
    const closed: number[] = [];
    @App({ id: 'fails', errors: { retry: { attempts: 1, backoff: '1s' } } })
    class Fails {
      @Handler(orders, { sinks: [parts] })
      async *take({ id }: Order): AsyncGenerator<string, void> {
        try {
          yield `${id}a`;
          if (id === 1) throw new Error(`try ${++tries}`);
          yield `${id}b`;
        } finally {
          closed.push(id);
        }
      }
    }
    app = await TestApp.start(Fails, { overrides: { guarantee } });
    await app.send(orders, [order(1), order(2)]);
    await app.advance('5s');
    expect(app.deadLetters().map(({ error, attempts }) => [error.message, attempts])).toEqual([['try 2', 2]]);
    expect(written().slice(-2)).toEqual(['2a', '2b']);
    // A try that fails leaves nothing behind.
    expect(written()).not.toContain('1a');
    expect(closed).toEqual([1, 1, 2]);
    expect(app.committed(orders)).toBe(2);
  });

  it('goes no further when its time is up', async () => {
    const seen: string[] = [];
    let release = () => {};
    @App({ id: 'late', errors: { retry: { attempts: 0 } } })
    class Late {
      @Handler(orders, { sinks: [(part: string) => void seen.push(part)], handlerTimeout: '5s' })
      async *take(_: Order): AsyncGenerator<string, void> {
        try {
          yield 'first';
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          yield 'second';
          seen.push('beyond');
        } finally {
          seen.push('closed');
        }
      }
    }
    app = await TestApp.start(Late, { overrides: { guarantee } });
    await app.send(orders, [order(1)]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ error }) => error.code)).toEqual(['HANDLER_TIMEOUT']);
    release();
    await app.settled();
    expect(seen).toEqual(['first', 'closed']);
  });
});

describe('a generator where nobody asks for what it yields', () => {
  const steps = () =>
    (async function* () {
      yield 1;
    })() as unknown;

  it('is a fault of the declaration', async () => {
    const decorate = (decorator: unknown, method: string) =>
      (decorator as (...args: unknown[]) => void)(Wrong.prototype, method, Object.getOwnPropertyDescriptor(Wrong.prototype, method));
    @App({ id: 'wrong' })
    class Wrong {
      async *batch(): AsyncGenerator<number> {
        yield 1;
      }
      *timer(): Generator<number> {
        yield 1;
      }
      async *start(): AsyncGenerator<number> {
        yield 1;
      }
      *stop(): Generator<number> {
        yield 1;
      }
      *agent(): Generator<number> {
        yield 1;
      }
      @Handler(orders, {
        sinks: [
          function* () {
            yield 1;
          },
        ],
      })
      sink(): void {}
    }
    decorate(Handler(orders, { batch: { max: 3 } }), 'batch');
    decorate(Timer('1s'), 'timer');
    decorate(OnStart(), 'start');
    decorate(OnStop(), 'stop');
    decorate(Agent(orders), 'agent');
    const failure = (await TestApp.start(Wrong).catch((error: Error) => error)) as Error;
    for (const says of [
      'Wrong.batch: it is a generator with batch, whose code would never run. Return an array',
      'Wrong.timer: it is a generator, whose code would never run. Write an ordinary method',
      'Wrong.start: it is a generator',
      'Wrong.stop: it is a generator',
      'Wrong.agent: it is a generator that is not asynchronous, and cannot loop over a stream. Write async *',
      'Wrong.sink: a sink is a generator',
    ])
      expect(failure.message).toContain(says);
  });

  it('is an error when that shows only at run time: handlers of arrays', async () => {
    @App({ id: 'batch', errors: { retry: { attempts: 0 } } })
    class Batch {
      @Handler(orders, { batch: { max: 3 } })
      take(_: Order[]): unknown {
        return steps();
      }
    }
    app = await TestApp.start(Batch);
    await app.send(orders, [order(1)]);
    await app.settled();
    expect(app.deadLetters().map(({ error }) => error.message)).toEqual([
      'Batch.take returned a generator, whose code has not run. Return an array with a result for each value',
    ]);
  });

  it('is an error when that shows only at run time: timers and hooks', async () => {
    const lines: string[] = [];
    @App({ id: 'timer' })
    class Ticks {
      @Timer('1s')
      tick(): unknown {
        return steps();
      }
    }
    app = await TestApp.start(Ticks, {
      overrides: { logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }) },
    });
    await app.advance('1s');
    expect(lines.join()).toContain('Ticks.tick returned a generator, whose code has not run');
    @App({ id: 'hook' })
    class Hooked {
      @OnStart()
      start(): unknown {
        return steps();
      }
    }
    await expect(TestApp.start(Hooked)).rejects.toThrow('Hooked.start returned a generator');
  });

  it('is an error when that shows only at run time: agents', async () => {
    @App({ id: 'agent', errors: { retry: { attempts: 0 } } })
    class Loops {
      @Agent(orders)
      take(_: Stream<Order>): never {
        return [1].values() as never;
      }
    }
    app = await TestApp.start(Loops);
    await app.send(orders, [order(1)]);
    await expect(app.settled()).rejects.toThrow('Loops.take returned a generator');
  });
});
