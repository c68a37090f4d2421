import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, json, type Stream, topic } from '@weir/core';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>() });
const results = topic('results', { value: 'json' });

let app: TestApp;
afterEach(() => app?.stop());

const order = (id: number) => ({ key: `k${id}`, value: { id } });
const later = async <T>(value: T): Promise<T> => value;
const written = () => app.sent(results).map(({ value }) => value);

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
