import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, json, message, OnStart, OnStop, type Stream, Timer, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';
import { invoices, type Order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const order = (id: number) => ({ key: `k${id}`, value: { id } });
const later = async <T>(value: T): Promise<T> => value;

describe.each(['at-least-once', 'exactly-once'] as const)('a result, %s', (guarantee) => {
  const sent = () => app.sent(invoices).map(({ key, value, headers }) => [key, value?.id, shown(headers)]);
  const shown = (headers: object) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === null ? null : String(value)]));

  it('may say its key and headers, and keeps the key of its event where it does not', async () => {
    const seen: unknown[] = [];
    @App({ id: 'says' })
    class Says {
      @Handler(orders, { sinks: [invoices, (value: Order) => void seen.push(value)] })
      take({ id }: Order) {
        if (id === 0) return message({ key: 'own', value: { id }, headers: { kind: 'new' }, timestamp: 1_000 });
        if (id === 1) return message({ value: { id }, headers: { kind: 'kept' } });
        if (id === 2) return message({ key: null, value: { id } });
        return message({ key: 'gone', value: null });
      }
    }
    app = await TestApp.start(Says, { overrides: { guarantee } });
    await app.send(
      orders,
      [0, 1, 2, 3].map((id) => ({ key: `k${id}`, value: { id }, timestamp: 2_000 + id })),
    );
    await app.settled();
    const all = sent();
    expect(all).toHaveLength(4);
    expect(all).toEqual(
      expect.arrayContaining([
        ['own', 0, { kind: 'new' }],
        ['k1', 1, { kind: 'kept' }],
        [null, 2, {}],
        ['gone', undefined, {}],
      ]),
    );
    expect(app.sent(invoices).find(({ key }) => key === 'own')?.timestamp).toBe(1_000);
    expect(seen).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }, null]);
  });

  // The promise was refused and looked at by nobody: that it failed ended the process (unhandledRejection), with the event set aside or not.
  it('with a promise in it that fails is set aside, and the worker goes on', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const failing = () => Promise.reject(new Error('no answer'));
    @App({ id: 'refused' })
    class Refused {
      @Handler(orders, { sinks: [invoices as never] })
      one() {
        return { user: failing(), orders: [failing()] };
      }
      @Handler(orders, { sinks: [invoices as never], batch: { max: 5 } })
      batch(all: Order[]) {
        return all.map(() => ({ user: failing() }));
      }
    }
    app = await TestApp.start(Refused, { overrides: { guarantee } });
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect([unhandled, app.deadLetters().length]).toEqual([[], 4]);
  });

  it('may do so in every form: a batch, a generator, an agent', async () => {
    @App({ id: 'forms' })
    class Forms {
      @Handler(orders, { sinks: [invoices], batch: { max: 5 } })
      batch(all: Order[]) {
        return all.map(({ id }) => message({ key: `batch ${id}`, value: { id } }));
      }
      @Handler(orders, { sinks: [invoices] })
      async *several({ id }: Order) {
        yield message({ key: 'first', value: { id } });
        yield message({ key: 'second', value: { id } });
      }
      @Agent(orders, { sinks: [invoices] })
      async *loop(stream: Stream<Order>) {
        for await (const { id } of stream) yield message({ key: 'loop', value: { id } });
      }
    }
    app = await TestApp.start(Forms, { overrides: { guarantee } });
    await app.send(orders, { key: 'k', value: { id: 7 } });
    await app.settled();
    expect(
      app
        .sent(invoices)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['batch 7', 'first', 'loop', 'second']);
  });

  // The trace of an event used to end where a result was written.
  it('carries on the trace of its event, unless it says its own', async () => {
    @App({ id: 'traced' })
    class Traced {
      @Handler(orders, { sinks: [invoices] })
      take({ id }: Order) {
        return id === 0 ? { id } : message({ value: { id }, headers: { traceparent: 'own', other: 'x' } });
      }
    }
    app = await TestApp.start(Traced, { overrides: { guarantee } });
    const headers = { traceparent: '00-a-b-01', tracestate: 'v=1', baggage: 'user=1', secret: 'stays here' };
    await app.send(orders, [
      { key: 'a', value: { id: 0 }, headers },
      { key: 'a', value: { id: 1 }, headers },
      { key: 'a', value: { id: 0 } },
    ]);
    await app.settled();
    expect(sent()).toEqual([
      ['a', 0, { traceparent: '00-a-b-01', tracestate: 'v=1', baggage: 'user=1' }],
      ['a', 1, { tracestate: 'v=1', baggage: 'user=1', traceparent: 'own', other: 'x' }],
      ['a', 0, {}],
    ]);
  });

  it('is a message by itself or not at all: within a value it is refused', async () => {
    @App({ id: 'within', errors: { retry: { attempts: 0 } } })
    class Within {
      @Handler(orders, { sinks: [topic('anything')] })
      take({ id }: Order): unknown {
        return [message({ key: 'k', value: id })];
      }
    }
    app = await TestApp.start(Within, { overrides: { guarantee } });
    await app.send(orders, { value: { id: 1 } });
    await app.settled();
    expect(app.deadLetters().map(({ error }) => [error.code, error.message.includes('stands within a value')])).toEqual([
      ['ENCODE_FAILED', true],
    ]);
  });
});

describe('headers', () => {
  const pairs = [
    ['trace', '1'],
    ['trace', '2'],
    ['none', null],
  ] as const;

  it('may have one name several times and no value, and stay so: sent, forwarded, set aside, replayed', async () => {
    const seen: (string | null)[][] = [];
    let isBroken = true;
    @App({ id: 'headers', errors: { retry: { attempts: 0 } } })
    class Heads {
      constructor(@Inject(orders) readonly out: Topic<string, Order>) {}
      @Handler(orders)
      async take({ id }: Order, event: Event<string, Order>): Promise<void> {
        if (isBroken) throw new Error('not yet');
        seen.push(
          event.headerPairs
            .filter(([name]) => !name.startsWith('weir'))
            .flatMap(([name, value]) => [name, value === null ? null : String(value)]),
        );
        if (id === 1) await event.forward(orders, { value: { id: 2 } });
      }
    }
    app = await TestApp.start(Heads);
    await app.get(Heads).out.send({ key: 'a', value: { id: 1 }, headers: pairs });
    await app.settled();
    expect(app.deadLetters()[0].headers.none).toBeNull();
    isBroken = false;
    await app.replay();
    await app.settled();
    const flat = ['trace', '1', 'trace', '2', 'none', null];
    expect(seen).toEqual([flat, flat]);
  });
});

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

// What an asynchronous codec gave used to be taken for a value, or to fail somewhere in the client.
it('a codec that gives promises is refused, where that shows only at run time', async () => {
  const late = {
    name: 'late',
    encode: (value: string) => (value === 'bytes' ? value : (later(value) as never)),
    decode: (_: Buffer): string => Promise.reject(new Error('nobody looks at this')) as never,
  };
  const slow = topic('slow', { value: late });
  @App({ id: 'codec', errors: { retry: { attempts: 0 } } })
  class Codecs {
    @Handler(slow)
    take(): void {}
    @Handler(orders, { sinks: [slow] })
    give(): string {
      return 'x';
    }
  }
  app = await TestApp.start(Codecs);
  await app.send(slow, { value: 'bytes' });
  await app.send(orders, order(1));
  await app.settled();
  expect(app.deadLetters().map(({ error }) => error.message)).toEqual([
    expect.stringContaining('expected a codec that does not wait, got a promise: its decode is asynchronous'),
    expect.stringContaining('it gave a promise. Encoding does not wait: do it before'),
  ]);
});

// A promise in a result used to be written as {}.
describe.each(['at-least-once', 'exactly-once'] as const)('promises in results are awaited, %s', (guarantee) => {
  const results = topic('results', { value: 'json' });
  const written = () => app.sent(results).map(({ value }) => value);

  it('in the array of a handler, synchronous or not', async () => {
    @App({ id: 'lists' })
    class Lists {
      @Handler(orders, { sinks: [results], name: 'sync' })
      take({ id }: Order): unknown {
        return [later(id), 'sync'];
      }
      @Handler(orders, { sinks: [results], name: 'async', concurrency: { by: 'key' } })
      async takeLater({ id }: Order): Promise<unknown> {
        return [later(id), 'async'];
      }
    }
    app = await TestApp.start(Lists, { overrides: { guarantee } });
    await app.send(orders, order(1));
    await app.settled();
    expect(written()).toHaveLength(2);
    expect(written()).toEqual(
      expect.arrayContaining([
        [1, 'sync'],
        [1, 'async'],
      ]),
    );
  });

  it('in the array of a batch, and in what an agent yields', async () => {
    @App({ id: 'batches' })
    class Batches {
      @Handler(orders, { sinks: [results], batch: { max: 5 } })
      take(all: Order[]): unknown {
        return all.map(({ id }) => later(`batch ${id}`));
      }
      @Agent(orders, { sinks: [results] })
      async *loop(stream: Stream<Order>): AsyncIterable<unknown> {
        for await (const { id } of stream) yield [later(`loop ${id}`)];
      }
    }
    app = await TestApp.start(Batches, { overrides: { guarantee } });
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    expect(written()).toHaveLength(4);
    expect(written()).toEqual(expect.arrayContaining(['batch 1', 'batch 2', ['loop 1'], ['loop 2']]));
  });

  it('and one that rejects follows the error policy', async () => {
    @App({ id: 'rejects', errors: { retry: { attempts: 1, backoff: '1s' } } })
    class Rejects {
      @Handler(orders, { sinks: [results] })
      take(): unknown {
        return [later(1), Promise.reject(new Error('no answer'))];
      }
    }
    app = await TestApp.start(Rejects, { overrides: { guarantee } });
    await app.send(orders, order(1));
    await app.advance('5s');
    expect(app.deadLetters().map(({ error, attempts }) => [error.message, attempts])).toEqual([['no answer', 2]]);
    expect(written()).toEqual([]);
  });

  it('but not deeper: what a result cannot say is refused with its path', async () => {
    @App({ id: 'deeper', errors: { retry: { attempts: 0 } } })
    class Deeper {
      @Handler(orders, { sinks: [results] })
      take({ id }: Order): unknown {
        return { user: { name: later('x') }, id };
      }
    }
    app = await TestApp.start(Deeper, { overrides: { guarantee } });
    await app.send(orders, order(1));
    await app.settled();
    const [letter] = app.deadLetters();
    expect(letter.error).toMatchObject({
      code: 'ENCODE_FAILED',
      message: expect.stringContaining('user.name: it is a promise. Await it first'),
    });
    expect(written()).toEqual([]);
  });
});
