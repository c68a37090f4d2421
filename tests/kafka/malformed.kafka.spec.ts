import { afterEach, describe, expect, it } from '@jest/globals';
import { App, causeOf, Handler, Record, topic, Worker } from '@weir/core';
import { IsInt } from 'class-validator';
import { pino } from 'pino';
import { brokers, committed, createTopic, type Plain, readAll, readUntil, unique, write } from './plain.js';

@Record()
class Order {
  @IsInt() id!: number;
}

const names = { orders: unique('orders'), app: unique('malformed') };
const orders = topic(names.orders, { value: Order, onEmpty: 'reject' });

@App({ id: names.app, broker: `kafka://${brokers}`, errors: { retry: { attempts: 1, backoff: 0 } } })
class Shop {
  readonly taken: number[] = [];

  @Handler(orders)
  take({ id }: Order): void {
    if (id < 0) throw new RangeError('an order below zero');
    this.taken.push(id);
  }
}

const malformed: readonly (Plain & { readonly code: string | undefined; readonly attempts: number })[] = [
  { key: 'cut short', value: '{"id":', code: 'DECODE_FAILED', attempts: 1 },
  { key: 'not UTF-8', value: Buffer.from([0x22, 0xff, 0xfe, 0x00, 0x22]), code: 'DECODE_FAILED', attempts: 1 },
  { key: 'another type', value: '{"id":"čtyři"}', code: 'DECODE_FAILED', attempts: 1 },
  { key: 'no object', value: '4', code: 'DECODE_FAILED', attempts: 1 },
  { key: 'empty', value: Buffer.alloc(0), code: 'DECODE_FAILED', attempts: 1 },
  { key: 'tombstone', value: null, code: 'DECODE_FAILED', attempts: 1 },
  { key: Buffer.from([0xff, 0x00, 0x80]), value: Buffer.from([0x00]), code: 'DECODE_FAILED', attempts: 1 },
  { key: null, value: '{ "id" : -1 }', code: undefined, attempts: 2 },
];

let worker: Worker | undefined;
afterEach(() => worker?.stop());

describe('malformed messages on Apache Kafka', () => {
  it('are set aside byte for byte with their cause, and those around them are handled', async () => {
    await createTopic(names.orders, 1);
    const headers = [
      ['trace', 'první'],
      ['trace', 'druhý'],
    ] as const;
    await write(names.orders, [
      { value: '{"id":1}' },
      ...malformed.map((message, index) => ({ ...message, headers, timestamp: 1_700_000_000_000 + index })),
      { value: '{"id":2}' },
    ]);
    worker = await Worker.start(Shop, { logger: pino({ level: 'silent' }) });
    const letters = await readUntil(`${names.app}-dead-letters`, (all) => all.length === malformed.length);
    const { taken } = worker.get(Shop);
    await worker.stop();
    expect(taken).toEqual([1, 2]);
    expect(await committed(names.app, names.orders, 1)).toEqual([malformed.length + 2]);

    const sources = await readAll(names.orders);
    const bySource = [...letters].sort((a, b) => offsetOf(a.headers) - offsetOf(b.headers));
    for (const [index, { code, attempts }] of malformed.entries()) {
      const source = sources[index + 1];
      const letter = bySource[index];
      expect(letter.key).toEqual(source.key);
      expect(letter.value).toEqual(source.value);
      expect(letter.timestamp).toBe(source.timestamp);
      expect(letter.headers.slice(0, 2)).toEqual(headers);
      expect(causeOf(letter.headers.map(([name, value]) => [name, Buffer.from(value)]))).toMatchObject({
        ...{ topic: names.orders, partition: 0, offset: source.offset },
        ...{ agent: 'Shop.take', attempts, error: expect.objectContaining({ code }) },
      });
    }
  }, 60_000);
});

function offsetOf(headers: readonly (readonly [string, string])[]): number {
  return Number(new Map(headers).get('weir-offset'));
}
