import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { DeliveryError, MemoryBroker, type Producer } from './index.js';
import { PreparingProducer } from './preparing-producer.js';

let broker: MemoryBroker;
/** Ends the preparing that goes on. */
let settle: { resolve(): void; reject(error: Error): void };
let prepared: number;

beforeEach(() => {
  broker = new MemoryBroker({ clock: new VirtualClock() });
  prepared = 0;
});

async function open(transactionalId?: string): Promise<Producer> {
  const prepare = () => {
    prepared++;
    return new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
  };
  const producer = await broker.transport().producer({ ...(transactionalId !== undefined && { transactionalId }) });
  return new PreparingProducer(producer, { topic: 'later', prepare });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const values = (topic: string) => broker.messages(topic).map(({ value }) => String(value));
const to = (topic: string, value: string) => ({ topic, key: null, value });

describe('a producer that sees to a topic before the first message to it', () => {
  it('lets others go, and holds what goes there until it is ready, each message in its order', async () => {
    const producer = await open();
    producer.append('other', null, 'a');
    producer.append('later', null, '1');
    const second = producer.send(to('later', '2'));
    const third = producer.sendAlone(to('later', '3'));
    producer.append('later', null, '4');
    let isFlushed = false;
    const flushed = producer.flush().then(() => {
      isFlushed = true;
    });
    await turn();
    expect([values('other'), values('later'), isFlushed]).toEqual([[], [], false]);
    settle.resolve();
    await flushed;
    expect([values('other'), values('later'), prepared]).toEqual([['a'], ['1', '2', '3', '4'], 1]);
    expect([await second, await third]).toMatchObject([{ offset: 1 }, { offset: 2 }]);
    producer.append('later', null, '5');
    await producer.flush();
    expect([values('later').length, prepared]).toEqual([5, 1]);
  });

  it('fails what waits where it does not become ready, as a broker would refuse it, and tries again for the next', async () => {
    const producer = await open();
    producer.append('later', null, '1', undefined, undefined, undefined, 17);
    const seen = producer.send(to('later', '2')).catch((error: unknown) => error);
    void producer.send({ ...to('later', '3'), origin: 18 });
    settle.reject(new TransportError('may not be made', { code: 'TOPIC_UNWRITABLE' }));
    expect(await seen).toMatchObject({ code: 'DELIVERY_FAILED', retriable: false, message: expect.stringContaining('may not be made') });
    const failure = (await producer.flush().catch((error: unknown) => error)) as DeliveryError;
    expect(failure).toBeInstanceOf(DeliveryError);
    expect(failure.failures.map(({ message }) => message.origin)).toEqual([17, 18]);
    await producer.flush();
    producer.append('later', null, '4');
    settle.resolve();
    await producer.flush();
    expect([values('later'), prepared]).toEqual([['4'], 2]);
  });

  it('may be tried again later where only the broker is away', async () => {
    const producer = await open();
    const sending = producer.send(to('later', '1'));
    settle.reject(new TransportError('nobody answers', { code: 'BROKER_UNREACHABLE', retriable: true }));
    await expect(sending).rejects.toMatchObject({ retriable: true });
  });

  it('takes back with a transaction what waits for it', async () => {
    const producer = await open('one');
    await producer.transactions?.begin();
    producer.append('later', null, '1');
    const second = producer.send(to('later', '2')).catch((error: { code: string }) => error.code);
    await producer.transactions?.abort();
    expect(await second).toBe('TRANSACTION_ABORTED');
    await producer.transactions?.begin();
    producer.append('later', null, '3');
    settle.resolve();
    await producer.flush();
    await producer.transactions?.commit();
    expect(values('later')).toEqual(['3']);
  });

  it('tells those who wait when it is closed', async () => {
    const producer = await open();
    const sending = producer.send(to('later', '1'));
    await producer.close();
    await expect(sending).rejects.toMatchObject({ code: 'DELIVERY_FAILED', retriable: true });
    settle.resolve();
    await turn();
    expect(broker.topics()).toEqual([]);
  });
});
