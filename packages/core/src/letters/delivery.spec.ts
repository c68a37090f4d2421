import { describe, expect, it } from '@jest/globals';
import type { Outgoing, Transport } from '../transport/index.js';
import { transactionalIdOf } from './letter-writer.js';
import { ShopLetters } from './shop-letters.fixture.js';

const bytes = (text: string) => Buffer.from(text);
const five = Array.from({ length: 5 }, (_, index) => ({ value: bytes(`${index}`), key: bytes('k') }));

/** The same broker as one that has no transactions, such as the embedded one. */
function plainly(shop: ShopLetters): Transport {
  const transport = shop.broker.transport();
  const { description, close } = transport;
  return {
    description,
    abilities: { createTopics: true, transactions: false },
    consumer: (options) => transport.consumer(options),
    reader: (options) => transport.reader(options),
    producer: (options) => transport.producer(options),
    admin: () => transport.admin(),
    close: close.bind(transport),
  };
}

const isReplay = ({ headers = [] }: Outgoing) => headers.some(([name]) => name === 'weir-replay-for');
const isMark = ({ headers = [] }: Outgoing) => headers.some(([name]) => name === 'weir-settled');

describe('a replay in transactions', () => {
  it('leaves neither message nor mark when it crashes between the two', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    const mend = shop.broker.faults.failProduce(isMark);
    await expect(shop.letters().replay()).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(shop.replayed()).toEqual([]);
    expect(await shop.letters().list()).toHaveLength(5);
    mend();
    expect((await shop.letters().replay()).replayed).toBe(5);
  });

  it('takes over from another that is under way, of which only what was committed counts', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    const letters = shop.letters();
    const first = letters.replay(
      {},
      {
        rate: 1,
        onProgress: ({ replayed }) => {
          if (replayed === 2) shop.broker.faults.fenceProducer(transactionalIdOf('shop'));
        },
      },
    );
    await expect(first).rejects.toThrow(/somebody else has begun to work on these dead letters/);
    expect((await shop.letters().replay()).replayed).toBe(3);
    expect(shop.replayed().map(({ value }) => value?.toString())).toEqual(['0', '1', '2', '3', '4']);
  });

  it('reads past transactions that were aborted at the end of the log', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    const producer = await shop.broker.transport().producer({ transactionalId: 'another' });
    await producer.transactions?.begin();
    await Promise.all([0, 1, 2].map((partition) => producer.send({ topic: ShopLetters.topic, partition, key: null, value: 'x' })));
    await producer.transactions?.abort();
    expect(await shop.letters().list()).toHaveLength(5);
    expect((await shop.letters().replay()).replayed).toBe(5);
  });
});

describe('a replay on a broker without transactions', () => {
  it('replays once, message before mark', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    expect((await shop.letters(undefined, plainly(shop)).replay()).replayed).toBe(5);
    expect((await shop.letters(undefined, plainly(shop)).replay()).replayed).toBe(0);
    expect(shop.replayed()).toHaveLength(5);
  });

  it('repeats a message and loses none when it ends between the two', async () => {
    const shop = new ShopLetters();
    await shop.fail(five[0]);
    const mend = shop.broker.faults.failProduce(isMark);
    await expect(shop.letters(undefined, plainly(shop)).replay()).rejects.toThrow();
    expect(shop.replayed()).toHaveLength(1);
    mend();
    expect((await shop.letters(undefined, plainly(shop)).replay()).replayed).toBe(1);
    expect(shop.replayed()).toHaveLength(2);
  });

  it('marks those that were written when one of them is refused', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    shop.broker.faults.failProduce((message) => isReplay(message) && String(message.value) === '3');
    await expect(shop.letters(undefined, plainly(shop)).replay()).rejects.toThrow();
    expect((await shop.letters().list()).length).toBe(1);
  });
});
