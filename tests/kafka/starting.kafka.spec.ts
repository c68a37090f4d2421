import { describe, expect, it } from '@jest/globals';
import { App, Handler, type TopicDefinition, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, createTopic, unique, write } from './plain.js';

/** The session stays at librdkafka's 45 s: a member that had not left would keep its partitions for so long. */
function shop(orders: TopicDefinition<string>) {
  @App({ id: `${orders.name}-app`, broker: `kafka://${brokers}` })
  class Shop {
    #heard = (_: string) => {};
    readonly first = new Promise<string>((resolve) => {
      this.#heard = resolve;
    });

    @Handler(orders)
    take(order: string): void {
      this.#heard(order);
    }
  }
  return Shop;
}

const logger = pino({ level: 'silent' });

describe('a worker on Apache Kafka', () => {
  it('says that no broker answers', async () => {
    await expect(Worker.start(shop(topic('orders', { value: 'string' })), { broker: 'kafka://127.0.0.1:1', logger })).rejects.toMatchObject(
      {
        name: 'TransportError',
        code: 'BROKER_UNREACHABLE',
        message: expect.stringContaining('127.0.0.1:1'),
      },
    );
  }, 30_000);

  // A client that begins to close while it still stops its partitions may forget to leave: with many partitions that shows soon.
  it.each([
    ['a member', () => ({})],
    ['a named member that gives up its membership', (round: number) => ({ member: `member-${round}`, leaves: true })],
  ])(
    'goes on at once, again and again, where %s has stopped in order',
    async (_, how) => {
      const orders = topic(unique('starting'), { value: 'string' });
      await createTopic(orders.name, 100);
      for (let round = 0; round < 12; round += 1) {
        await write(orders.name, [{ value: 'go', partition: 7 }]);
        const Shop = shop(orders);
        const begun = performance.now();
        const worker = await Worker.start(Shop, { ...how(round), logger });
        await worker.get(Shop).first;
        expect(performance.now() - begun).toBeLessThan(20_000);
        await worker.stop();
      }
    },
    120_000,
  );
});
