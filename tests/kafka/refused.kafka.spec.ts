import { afterEach, describe, expect, it } from '@jest/globals';
import { App, causeOf, Handler, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, committed, createTopic, type Read, readAll, readUntil, unique, write } from './plain.js';

const PARTITIONS = 4;
const count = 400;
/** Those whose outputs are larger than their topic takes. */
const bad = [37, 338];

/** A dead letter by its agent and its order. */
const nameOf = ({ value, headers }: Read) => `${new Map(headers).get('weir-agent')} ${value}`;

let worker: Worker | undefined;
afterEach(() => worker?.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('outputs that Apache Kafka refuses, %s', (guarantee) => {
  const names = { orders: unique(`orders-${guarantee}`), invoices: unique(`invoices-${guarantee}`), app: unique(`refused-${guarantee}`) };
  const orders = topic(names.orders, { key: 'string', value: 'string' });
  const invoices = topic(names.invoices, { value: 'string', partitions: PARTITIONS, config: { 'max.message.bytes': '2000' } });

  @App({ id: names.app, broker: `kafka://${brokers}`, guarantee, errors: { retry: { attempts: 1, backoff: '20ms' } } })
  class Shop {
    @Handler(orders, { sinks: [invoices] })
    serial(value: string): string {
      return bad.includes(Number(value)) ? `serial ${value}`.padEnd(5_000) : `serial ${value}`;
    }

    @Handler(orders, { concurrency: { by: 'key', max: 16 }, sinks: [invoices] })
    async keyed(value: string): Promise<string> {
      return bad.includes(Number(value)) ? `keyed ${value}`.padEnd(5_000) : `keyed ${value}`;
    }
  }

  // With exactly once the transaction used to be aborted and begun again for ever.
  it('set their events aside, and nobody else’s', async () => {
    await createTopic(names.orders, PARTITIONS);
    await write(
      names.orders,
      Array.from({ length: count }, (_, id) => ({ key: `${id % 50}`, value: `${id}` })),
    );
    worker = await Worker.start(Shop, { logger: pino({ level: 'silent' }) });
    const letters = await readUntil(`${names.app}-dead-letters`, (all) => new Set(all.map(nameOf)).size >= 2 * bad.length);
    await readUntil(names.invoices, (all) => new Set(all.map(({ value }) => String(value))).size >= 2 * (count - bad.length));
    await worker.stop();
    const causes = letters.map(({ headers }) => causeOf(headers.map(([name, value]) => [name, Buffer.from(value)])));
    const setAside = letters.map(nameOf);
    const agents = ['Shop.keyed', 'Shop.serial'];
    expect([...new Set(setAside)].sort()).toEqual(agents.flatMap((agent) => bad.map((id) => `${agent} ${id}`)).sort());
    // What is not committed runs again when another message is refused: with at least once a dead letter may be written again.
    if (guarantee === 'exactly-once') expect(setAside).toHaveLength(2 * bad.length);
    expect(causes.map((cause) => [cause?.attempts, cause?.error.code])).toEqual(letters.map(() => [2, 'DELIVERY_FAILED']));
    const all = (await readAll(names.invoices)).map(({ value }) => String(value));
    const expected = Array.from({ length: count }, (_, id) => id).filter((id) => !bad.includes(id));
    const wanted = expected.flatMap((id) => [`serial ${id}`, `keyed ${id}`]).sort();
    expect([...new Set(all)].sort()).toEqual(wanted);
    if (guarantee === 'exactly-once') expect(all).toHaveLength(wanted.length);
    const done = await committed(names.app, names.orders, PARTITIONS);
    expect(done.reduce<number>((sum, offset) => sum + (offset ?? 0), 0)).toBeGreaterThanOrEqual(count);
  }, 120_000);
});
