import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, json, type Stream, topic } from '@weir/core';
import { TestApp } from './index.js';

interface Order {
  id: number;
  seen?: number;
}
const orders = topic('orders', { key: json<Order>(), value: json<Order>() });
const raw = topic('raw', { key: 'raw', value: 'raw' });

/** What each try of a method was given; the first three tries fail. */
const seen: string[] = [];

function spoil(events: readonly Event<Order, Order>[], values: readonly Order[]): void {
  seen.push(JSON.stringify(events.map(({ key, value, headers }, i) => [key, value, values[i], headers.h.toString()])));
  for (const [i, { key, headers }] of events.entries()) {
    values[i].seen = 1;
    if (key !== null) key.seen = 1;
    headers.h.fill('x');
  }
  if (seen.length < 4) throw new Error('once more');
}

function spoilBytes(events: readonly Event<Buffer, Buffer>[], values: readonly Buffer[]): void {
  seen.push(JSON.stringify(events.map(({ key }, i) => [key?.toString(), values[i].toString()])));
  for (const [i, { key }] of events.entries()) {
    values[i].fill('x');
    key?.fill('x');
  }
  if (seen.length < 4) throw new Error('once more');
}

const id = 'afresh';
const errors = { retry: { attempts: 3, backoff: '1s' } } as const;

@App({ id, errors })
class Sequential {
  @Handler(orders)
  async take(value: Order, event: Event<Order, Order>): Promise<void> {
    spoil([event], [value]);
  }
  @Handler(raw)
  bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
    spoilBytes([event], [value]);
  }
}

@App({ id, errors })
class ByKey {
  @Handler(orders, { concurrency: { by: 'key' } })
  take(value: Order, event: Event<Order, Order>): void {
    spoil([event], [value]);
  }
  @Handler(raw, { concurrency: { by: 'key' } })
  bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
    spoilBytes([event], [value]);
  }
}

@App({ id, errors })
class Concurrent {
  @Handler(orders, { concurrency: { by: 'none' } })
  async take(value: Order, event: Event<Order, Order>): Promise<void> {
    spoil([event], [value]);
  }
  @Handler(raw, { concurrency: { by: 'none' } })
  bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
    spoilBytes([event], [value]);
  }
}

@App({ id, errors })
class Batch {
  @Handler(orders, { batch: { max: 2 } })
  take(values: Order[], events: Event<Order, Order>[]): void {
    spoil(events, values);
  }
  @Handler(raw, { batch: { max: 2 } })
  async bytes(values: Buffer[], events: Event<Buffer, Buffer>[]): Promise<void> {
    spoilBytes(events, values);
  }
}

@App({ id, errors })
class Take {
  @Agent(orders)
  async take(stream: Stream<Order, Order>): Promise<void> {
    for await (const events of stream.events().take(1, '1s'))
      spoil(
        events,
        events.map(({ value }) => value),
      );
  }
  @Agent(raw)
  async bytes(stream: Stream<Buffer, Buffer>): Promise<void> {
    for await (const events of stream.events().take(1, '1s'))
      spoilBytes(
        events,
        events.map(({ value }) => value),
      );
  }
}

@App({ id, errors })
class Loop {
  @Agent(orders)
  async take(stream: Stream<Order, Order>): Promise<void> {
    for await (const event of stream.events()) spoil([event], [event.value]);
  }
  @Agent(raw)
  async bytes(stream: Stream<Buffer, Buffer>): Promise<void> {
    for await (const event of stream.events()) spoilBytes([event], [event.value]);
  }
}

let app: TestApp;
afterEach(() => app?.stop());

// A batch that was tried again used to be given what the try before it had made of its values; keys of all forms were decoded once.
describe.each(['at-least-once', 'exactly-once'] as const)('each try is given what was sent, %s', (guarantee) => {
  it.each([Sequential, ByKey, Concurrent, Batch, Take, Loop])('%p', async (form) => {
    seen.length = 0;
    app = await TestApp.start(form, { overrides: { guarantee } });
    await app.send(orders, { key: { id: 7 }, value: { id: 1 }, headers: { h: 'h' } });
    await app.advance('10s');
    expect(seen).toEqual(Array(4).fill('[[{"id":7},{"id":1},{"id":1},"h"]]'));
    seen.length = 0;
    await app.send(raw, { key: 'key', value: 'value' });
    await app.advance('10s');
    expect(seen).toEqual(Array(4).fill('[["key","value"]]'));
    expect(app.deadLetters()).toEqual([]);
  });

  it('and a dead letter is what was sent, also of a batch that was taken apart', async () => {
    @App({ id, errors: { retry: { attempts: 1, backoff: '1s' } } })
    class Spoils {
      @Handler(raw, { batch: { max: 5 } })
      take(values: Buffer[], events: Event<Buffer, Buffer>[]): void {
        for (const value of values) value.fill('x');
        for (const { key } of events) key?.fill('x');
        throw new Error('no');
      }
    }
    app = await TestApp.start(Spoils, { overrides: { guarantee } });
    await app.send(raw, [
      { key: 'k1', value: 'one' },
      { key: 'k2', value: 'two' },
    ]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ key, value }) => [String(key), String(value)])).toEqual([
      ['k1', 'one'],
      ['k2', 'two'],
    ]);
  });
});
