import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, type Overrides, type Topic, topic, type WorkerEvents } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string' });
const done = topic('done', { key: 'string', value: 'string' });
const begin = Date.parse('2000-01-01T12:00:00Z');
const retry = { attempts: 2, backoff: '10s', jitter: 0, durable: true } as const;

let app: TestApp;
let fails = 0;
let calls: string[] = [];
afterEach(() => app.stop());

@App({ id: 'shop', errors: { retry } })
class Shop {
  constructor(@Inject(done) private readonly out: Topic<string, string>) {}

  @Handler(orders)
  async take(value: string, { key }: Event): Promise<void> {
    calls.push(value);
    if (value === 'sends') await this.out.send({ key: String(key), value });
    if (value !== 'ok' && fails-- > 0) throw new Error('not yet');
    this.out.sendSoon({ key: String(key), value });
  }
}

const start = async (overrides: Overrides = {}, declared: new (...given: never[]) => object = Shop) => {
  fails = 0;
  calls = [];
  app = await TestApp.start(declared, { start: begin, overrides });
};
const sent = () => app.sent(done).map(({ value }) => value);

describe.each(['at-least-once', 'exactly-once'] as const)('a durable retry that comes to its end, %s', (guarantee) => {
  it('is passed over where that is the policy', async () => {
    await start({ guarantee, errors: { retry, then: 'skip' } });
    fails = 3;
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'a', value: 'ok' },
    ]);
    await app.settled();
    await app.advance('1m');
    expect([calls, sent(), app.deadLetters()]).toEqual([['a1', 'a1', 'a1', 'ok'], ['ok'], []]);
  });

  it('stops the worker where that is the policy; it is parked still, and tried once by the next one', async () => {
    await start({ guarantee, errors: { retry, then: 'stop' } });
    fails = 3;
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'a', value: 'ok' },
    ]);
    await app.settled();
    await expect(app.advance('1m')).rejects.toThrow(
      "failed on orders[0]@0: not yet. The worker stops because errors.then is 'stop', and the event stays parked",
    );
    await app.restart();
    await app.settled();
    expect([calls, sent()]).toEqual([
      ['a1', 'a1', 'a1', 'a1', 'ok'],
      ['a1', 'ok'],
    ]);
  });

  it('is over at once where another try cannot help', async () => {
    await start({ guarantee, errors: { retry: { ...retry, retryable: () => false } } });
    fails = 1;
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled();
    expect(app.deadLetters()).toMatchObject([{ attempts: 1, offset: 0 }]);
  });

  it('has left a message in the transaction, or outside of one, before it failed', async () => {
    await start({ guarantee });
    fails = 2;
    await app.send(orders, [
      { key: 'a', value: 'sends' },
      { key: 'b', value: 'ok' },
    ]);
    await app.settled();
    expect(app.committed(orders)).toBe(2);
    await app.advance('1m');
    expect(calls.filter((each) => each === 'sends').length).toBe(3);
    expect(sent().filter((each) => each === 'sends').length).toBe(guarantee === 'exactly-once' ? 2 : 4);
    expect(app.deadLetters()).toEqual([]);
  });

  it('has messages that are refused: that counts once it is known to be its own, and nobody else is held up', async () => {
    await start({ guarantee });
    app.broker.faults.failProduce(({ topic: to, value }) => to === 'done' && String(value) === 'bad');
    await app.send(orders, [
      { key: 'a', value: 'bad' },
      { key: 'a', value: 'ok' },
      { key: 'b', value: 'good' },
    ]);
    await app.advance('5s');
    // At least once they had gone out before it was known.
    const before = guarantee === 'exactly-once' ? [] : ['ok', 'good'];
    expect([sent(), app.committed(orders)]).toEqual([[...before, 'good'], 3]);
    await app.advance('1m');
    expect(sent()).toEqual([...before, 'good', 'ok']);
    expect(app.deadLetters()).toMatchObject([{ topic: 'orders', offset: 0, attempts: 3 }]);
  });

  it('is a dead letter that can be replayed: the message waits behind what is parked of its key', async () => {
    await start({ guarantee });
    fails = 3;
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled();
    await app.advance('1m');
    expect(app.deadLetters().length).toBe(1);
    fails = 1;
    await app.send(orders, { key: 'a', value: 'a2' });
    await app.settled();
    expect(await app.replay()).toBe(1);
    await app.settled();
    expect(sent()).toEqual([]);
    await app.advance('10s');
    expect(sent()).toEqual(['a2', 'a1']);
  });
});

describe('a durable retry', () => {
  // What a process that has ended had in flight is found by its offset, also in the next one.
  it('that ends the process is set aside after the third time', async () => {
    const datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
    let begun = 0;
    @App({ id: 'shop', errors: { retry } })
    class Crashing {
      @Handler(orders)
      async take(value: string): Promise<void> {
        if (value !== 'poison') return void calls.push(value);
        if (begun++ === 0) throw new Error('not yet');
        await new Promise(() => undefined);
      }
    }
    try {
      await start({ datadir }, Crashing);
      await app.send(orders, [
        { key: 'a', value: 'a1' },
        { key: 'p', value: 'poison' },
        { key: 'p', value: 'p2' },
      ]);
      await app.settled();
      await app.advance('10s', { running: 1 });
      for (let crash = 0; crash < 3; crash++) {
        expect(app.deadLetters()).toEqual([]);
        await app.settled({ running: 1 });
        await app.crash();
        await app.restart();
      }
      await app.settled();
      expect(app.deadLetters()).toMatchObject([{ offset: 1, error: { code: 'INPUT_CRASHES' } }]);
      expect([begun, calls]).toEqual([4, ['a1', 'p2']]);
    } finally {
      await app.stop();
      rmSync(datadir, { recursive: true, force: true });
    }
  });

  it('counts attempts that have run out of their time', async () => {
    @App({ id: 'shop', errors: { retry } })
    class Slow {
      @Handler(orders, { handlerTimeout: '1s' })
      async take(value: string, { signal }: Event): Promise<void> {
        calls.push(value);
        if (fails-- > 0) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
    }
    await start({}, Slow);
    fails = 2;
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled({ running: 1 });
    await app.advance('1s');
    await app.advance('10s', { running: 1 });
    await app.advance('1s');
    await app.advance('20s');
    expect([calls, app.deadLetters(), app.committed(orders)]).toEqual([['a1', 'a1', 'a1'], [], 1]);
  });

  it('goes on from where it was when a rewind comes between', async () => {
    await start({ guarantee: 'exactly-once' });
    fails = 2;
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled();
    app.broker.faults.dropCommits(1);
    await app.advance('10s');
    app.broker.faults.dropCommits(1);
    await app.send(orders, { key: 'a', value: 'a2' });
    await app.advance('1m');
    expect(sent()).toEqual(['a1', 'a2']);
  });

  it('is told to observers, and when it is due', async () => {
    const told: unknown[] = [];
    const tell = (what: string) => (event: { readonly at: unknown; readonly until?: number }) =>
      void told.push([what, event.at, event.until]);
    await start({
      observers: [
        {
          retried: tell('retried') as (event: WorkerEvents['retried']) => void,
          parked: tell('parked') as (event: WorkerEvents['parked']) => void,
        },
      ],
    });
    fails = 1;
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'a', value: 'a2' },
    ]);
    await app.settled();
    const at = (offset: number) => ({ topic: 'orders', partition: 0, offset });
    expect(told).toEqual([
      ['retried', at(0), begin + 10_000],
      ['parked', at(1), undefined],
    ]);
  });
});
