import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, message, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
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
