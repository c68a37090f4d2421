import { describe, expect, it } from '@jest/globals';
import type { Outgoing, Transport } from '../transport/index.js';
import { transactionalIdOf } from './letter-writer.js';
import { ShopLetters } from './shop-letters.fixture.js';

const bytes = (text: string) => Buffer.from(text);
/** The partition of the key k. */
const home = 2;
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

describe('a transaction that is open in the log', () => {
  /** Begins one behind all that is there. */
  async function begun(shop: ShopLetters) {
    const producer = await shop.broker.transport().producer({ transactionalId: 'another' });
    await producer.transactions!.begin();
    await producer.send({ topic: ShopLetters.topic, partition: home, key: null, value: 'x' });
    return producer.transactions!;
  }

  it('is where a list ends', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    const another = await begun(shop);
    await shop.fail(five[0]!);
    expect(await shop.letters().list()).toHaveLength(5);
    await another.commit();
    expect(await shop.letters().list()).toHaveLength(6);
  });

  it('has a replay wait, which would miss the marks behind it otherwise, and write messages again', async () => {
    const shop = new ShopLetters();
    await shop.fail(...five);
    let beginning: ReturnType<typeof begun> | undefined;
    const onProgress = () => {
      beginning ??= begun(shop);
    };
    await shop.letters().replay({}, { rate: 20, onProgress });
    const another = await beginning!;
    const outcomes: string[] = [];
    const again = shop
      .letters()
      .replay()
      .then(({ total }) => outcomes.push(`replayed ${total}`));
    expect(await shop.letters().list()).toHaveLength(3);
    outcomes.push('decided');
    await another.abort();
    await again;
    expect(outcomes).toEqual(['decided', 'replayed 0']);
    expect(shop.replayed()).toHaveLength(5);
  });
});

describe('a log that earlier versions have written to', () => {
  it('is read as it is: bookmarks are no letters, and marks count that say that they are of a transaction', async () => {
    const shop = new ShopLetters();
    const [one = '', two] = await shop.fail(five[0]!, five[1]!);
    const producer = await shop.broker.transport().producer({ transactionalId: transactionalIdOf('shop') });
    await producer.transactions!.begin();
    const note = (...headers: readonly (readonly [string, string])[]) => ({
      ...{ topic: ShopLetters.topic, partition: home, key: null, value: null },
      headers: headers.map(([name, value]) => [name, bytes(value)] as const),
    });
    await producer.send(note(['weir-bookmark', 'read to here'], ['weir-in-transaction', 'yes']));
    await producer.send(note(['weir-settled', one], ['weir-settled-as', 'dropped'], ['weir-in-transaction', 'yes']));
    await producer.transactions!.commit();
    expect((await shop.letters().list()).map(({ id }) => id)).toEqual([two]);
    expect((await shop.letters().list({}, { all: true })).map(({ outcome }) => outcome)).toEqual(['dropped', undefined]);
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
