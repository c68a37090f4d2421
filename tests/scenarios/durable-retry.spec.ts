import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string' });
const done = topic('done', { key: 'string', value: 'string' });

let app: TestApp;
afterEach(() => app.stop());

const begin = Date.parse('2000-01-01T12:00:00Z');

/** By value, how often each fails from now on. */
const failures = new Map<string, number>();
/** Every call of the handler: value and second. */
let calls: [string, number][] = [];

@App({ id: 'shop', errors: { retry: { attempts: 3, backoff: { initial: '1m', factor: 2, max: '1h' }, jitter: 0, durable: true } } })
class Shop {
  @Handler(orders, { sinks: [done] })
  take(what: string): string {
    calls.push([what, (app.clock.now() - begin) / 1000]);
    const left = failures.get(what) ?? 0;
    failures.set(what, left - 1);
    if (left > 0) throw new Error(`not ${what}`);
    return what;
  }
}

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
] as const)('an event with a durable retry, %s, %s', (guarantee, store) => {
  const start = async (declared: new () => object = Shop) => {
    failures.clear();
    calls = [];
    app = await TestApp.start(declared, { start: begin, overrides: { guarantee, store } });
  };
  const sent = () => app.sent(done).map(({ value }) => value);

  it('is parked: its partition goes on, and its offset is committed', async () => {
    await start();
    failures.set('a1', 1);
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'b', value: 'b1' },
      { key: 'a', value: 'a2' },
      { key: null, value: 'n1' },
      { key: 'a', value: 'a3' },
    ]);
    await app.settled();
    expect([sent(), app.committed(orders)]).toEqual([['b1', 'n1'], 5]);
    await app.advance('59s');
    expect(sent()).toEqual(['b1', 'n1']);
    await app.advance('1s');
    expect(sent()).toEqual(['b1', 'n1', 'a1', 'a2', 'a3']);
    expect(calls.slice(-3)).toEqual([
      ['a1', 60],
      ['a2', 60],
      ['a3', 60],
    ]);
  });

  it('waits longer after each attempt, and then is a dead letter with its own position; the next of its key goes on at once', async () => {
    await start();
    failures.set('a1', 9);
    await app.send(orders, [
      { key: 'b', value: 'b1' },
      { key: 'a', value: 'a1', headers: { from: 'test' } },
      { key: 'a', value: 'a2' },
    ]);
    await app.settled();
    await app.advance('10m');
    expect(calls.filter(([what]) => what === 'a1').map(([, second]) => second)).toEqual([0, 60, 180, 420]);
    const [letter, ...others] = app.deadLetters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      topic: 'orders',
      partition: 0,
      offset: 1,
      agent: 'Shop.take',
      attempts: 4,
      error: { message: 'not a1' },
    });
    expect([String(letter.key), String(letter.value), String(letter.headers.from)]).toEqual(['a', 'a1', 'test']);
    expect(sent()).toEqual(['b1', 'a2']);
    expect(calls[calls.length - 1]).toEqual(['a2', 420]);
  });

  it('survives a crash, an empty disk and a move, and what comes meanwhile waits behind it', async () => {
    await start();
    failures.set('a1', 2);
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'a', value: 'a2' },
    ]);
    await app.settled();
    await app.crash();
    app.clock.advanceTo(begin + 30_000);
    await app.restart({ datadir: 'lost' });
    await app.send(orders, [
      { key: 'a', value: 'a3' },
      { key: 'b', value: 'b1' },
    ]);
    await app.settled();
    expect(sent()).toEqual(['b1']);
    await app.advance('31s');
    expect(calls.filter(([what]) => what === 'a1').map(([, second]) => second)).toEqual([0, 60]);
    const second = await app.join();
    await app.advance('1s');
    await app.crash();
    await app.send(orders, { key: 'a', value: 'a4' });
    await app.advance('2m');
    expect(sent()).toEqual(['b1', 'a1', 'a2', 'a3', 'a4']);
    await second.stop();
  });
});

describe('a parked event', () => {
  it('is there beside one of its key at the same offset of a topic that was made anew', async () => {
    failures.clear();
    calls = [];
    app = await TestApp.start(Shop, { start: begin, overrides: { acceptReset: true } });
    for (const what of ['old', 'new']) failures.set(what, 1);
    await app.send(orders, { key: 'a', value: 'old' });
    await app.settled();
    await app.crash();
    app.broker.deleteTopic('orders');
    app.clock.advanceTo(begin + 10_000);
    await app.restart();
    await app.send(orders, { key: 'a', value: 'new' });
    await app.advance('10m');
    expect(
      app
        .sent(done)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['new', 'old']);
  });

  it('is to its handler what it was', async () => {
    const seen: unknown[] = [];
    @App({ id: 'shop', errors: { retry: { backoff: '1h', jitter: 0, durable: true } } })
    class Looking {
      @Handler(orders)
      take(value: string, { key, topic: from, partition, offset, timestamp, time, headers }: Event): void {
        seen.push([value, key, from, partition, offset, timestamp, time, String(headers.h)]);
        if (seen.length === 1) throw new Error('once');
      }
    }
    app = await TestApp.start(Looking, { start: begin });
    await app.send(orders, { key: 'a', value: 'v', timestamp: begin - 5, headers: { h: 'x' } });
    await app.settled();
    await app.advance('1h');
    expect(seen).toEqual([
      ['v', 'a', 'orders', 0, 0, begin - 5, begin - 5, 'x'],
      ['v', 'a', 'orders', 0, 0, begin - 5, begin - 5, 'x'],
    ]);
  });
});
