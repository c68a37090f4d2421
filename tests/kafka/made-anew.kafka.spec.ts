import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, json, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, committed, createTopic, deleteTopic, unique, write } from './plain.js';

const old = 500;
const fresh = 800;

let worker: Worker | undefined;
afterEach(() => worker?.stop());

// What lay in the new topic below the offset in the old one was left out without a word.
describe.each(['at-least-once', 'exactly-once'] as const)('a topic that is deleted and made anew on Apache Kafka, %s', (guarantee) => {
  it('is read from its beginning, and its offsets are those of the new one', async () => {
    const names = { orders: unique(`anew-${guarantee}`), app: unique('anew') };
    const orders = topic(names.orders, { value: json<number>() });
    const log: string[] = [];
    let happened = () => {};
    @App({ id: names.app, broker: `kafka://${brokers}`, guarantee, commitInterval: '200ms' })
    class Shop {
      readonly seen: number[] = [];
      @Handler(orders)
      take(id: number): void {
        this.seen.push(id);
        happened();
      }
    }
    const until = async (isTrue: () => boolean) => {
      while (!isTrue()) await new Promise<void>((resolve) => (happened = resolve));
    };
    const numbers = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ value: String(from + index), partition: 0 }));
    await createTopic(names.orders, 1);
    await write(names.orders, numbers(0, old));
    const stream = { write: (line: string) => void log.push((JSON.parse(line) as { readonly msg: string }).msg) };
    worker = await Worker.start(Shop, { logger: pino({ level: 'warn' }, stream) });
    const { seen } = worker.get(Shop);
    await until(() => seen.length >= old);
    await deleteTopic(names.orders);
    await createTopic(names.orders, 1);
    await write(names.orders, numbers(1_000, fresh));
    // What is read of it before that is noticed comes again: the last one may come twice.
    await until(() => new Set(seen).size >= old + fresh && seen.at(-1) === 1_000 + fresh - 1);
    expect(log.filter((line) => line.includes('deleted and made anew'))).toHaveLength(1);
    await worker.stop();
    expect(await committed(names.app, names.orders, 1)).toEqual([guarantee === 'exactly-once' ? expect.any(Number) : fresh]);
  }, 120_000);
});
