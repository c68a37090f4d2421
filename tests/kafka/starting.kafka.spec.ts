import { describe, expect, it } from '@jest/globals';
import { App, Handler, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, createTopic, unique, write } from './plain.js';

const name = unique('starting');
const orders = topic(name, { value: 'string' });

/** The session stays at librdkafka's 45 s: a member that had not left would keep its partitions for so long. */
@App({ id: unique('starting-app'), broker: `kafka://${brokers}` })
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

const logger = pino({ level: 'silent' });

describe('a worker on Apache Kafka', () => {
  it('says that no broker answers', async () => {
    await expect(Worker.start(Shop, { broker: 'kafka://127.0.0.1:1', logger })).rejects.toMatchObject({
      name: 'TransportError',
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  }, 30_000);

  it('goes on at once when it is restarted after a clean stop', async () => {
    await createTopic(name, 4);
    const every = (text: string) => [0, 1, 2, 3].map((partition) => ({ value: text, partition }));
    await write(name, every('one'));
    const worker = await Worker.start(Shop, { logger });
    expect(await worker.get(Shop).first).toBe('one');
    await worker.stop();
    await write(name, every('two'));
    const begun = performance.now();
    const next = await Worker.start(Shop, { logger });
    expect(await next.get(Shop).first).toBe('two');
    expect(performance.now() - begun).toBeLessThan(5_000);
    await next.stop();
  }, 60_000);
});
