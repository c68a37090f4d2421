import { describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, createTopic, OpenTransaction, unique, write } from './plain.js';

const PARTITIONS = 4;

describe('a group whose offsets an open transaction is about to change', () => {
  // librdkafka takes that for "no offset" where a rebalance comes in between, and would begin again from the beginning.
  it('begins where it had come to once the transaction is given up, also after a rebalance', async () => {
    const id = unique('open');
    const orders = topic(`${id}-orders`, { value: 'string' });
    await createTopic(orders.name, PARTITIONS);
    const each = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await write(
      orders.name,
      each.flatMap((partition) => ['0', '1', '2', '3', '4'].map((value) => ({ value, partition }))),
    );
    const places = (offset: number) => each.map((partition) => ({ topic: orders.name, partition, offset }));
    await (await OpenTransaction.begin(id, places(3))).commit();
    const open = await OpenTransaction.begin(id, places(4));

    const seen: string[] = [];
    let isComplete = (): void => undefined;
    const complete = new Promise<void>((resolve) => {
      isComplete = resolve;
    });
    @App({ id, broker: `kafka://${brokers}` })
    class Shop {
      @Handler(orders)
      take(_: string, { partition, offset }: Event): void {
        seen.push(`${partition}@${offset}`);
        if (offset === 4 && seen.filter((at) => at.endsWith('@4')).length === PARTITIONS) isComplete();
      }
    }
    const first = await startWith(PARTITIONS, Shop);
    const second = await startWith(PARTITIONS / 2, Shop);
    expect(seen).toEqual([]);
    await open.abort();
    await complete;
    await Promise.all([first.stop(), second.stop()]);
    expect(seen.sort()).toEqual(each.flatMap((partition) => [`${partition}@3`, `${partition}@4`]));
  }, 60_000);
});

/** A worker, once it has been given so many partitions. */
async function startWith(partitions: number, app: new () => object): Promise<Worker> {
  let isGiven = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    isGiven = resolve;
  });
  const logger = pino({ level: 'info' }, { write: (line) => line.includes('"msg":"assigned') && count(line) === partitions && isGiven() });
  const worker = await Worker.start(app, { logger });
  await given;
  return worker;
}

function count(line: string): number {
  return (JSON.parse(line) as { readonly partitions: readonly string[] }).partitions.length;
}
