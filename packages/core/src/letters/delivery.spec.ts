import { describe, expect, it } from '@jest/globals';
import type { Outgoing, Transport } from '../transport/index.js';
import { LetterBench } from './letter-bench.contract.js';
import { transactionalIdOf } from './letter-writer.js';

const bytes = (text: string) => Buffer.from(text);
const five = Array.from({ length: 5 }, (_, index) => ({ value: bytes(`${index}`), key: bytes('k') }));

/** The same broker as one that has no transactions, such as the embedded one. */
function plainly(bench: LetterBench): Transport {
  const transport = bench.broker.transport();
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
    const bench = new LetterBench();
    await bench.fail(...five);
    const mend = bench.broker.faults.failProduce(isMark);
    await expect(bench.letters().replay()).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(bench.replayed()).toEqual([]);
    expect(await bench.letters().list()).toHaveLength(5);
    mend();
    expect((await bench.letters().replay()).replayed).toBe(5);
  });

  it('takes over from another that is under way, of which only what was committed counts', async () => {
    const bench = new LetterBench();
    await bench.fail(...five);
    const letters = bench.letters();
    const first = letters.replay(
      {},
      {
        rate: 1,
        onProgress: ({ replayed }) => {
          if (replayed === 2) bench.broker.faults.fenceProducer(transactionalIdOf('shop'));
        },
      },
    );
    await expect(first).rejects.toThrow(/somebody else has begun to work on these dead letters/);
    expect((await bench.letters().replay()).replayed).toBe(3);
    expect(bench.replayed().map(({ value }) => value?.toString())).toEqual(['0', '1', '2', '3', '4']);
  });

  it('reads past transactions that were aborted at the end of the log', async () => {
    const bench = new LetterBench();
    await bench.fail(...five);
    const producer = await bench.broker.transport().producer({ transactionalId: 'another' });
    await producer.transactions?.begin();
    await Promise.all([0, 1, 2].map((partition) => producer.send({ topic: LetterBench.topic, partition, key: null, value: 'x' })));
    await producer.transactions?.abort();
    expect(await bench.letters().list()).toHaveLength(5);
    expect((await bench.letters().replay()).replayed).toBe(5);
  });
});

describe('a replay on a broker without transactions', () => {
  it('replays once, message before mark', async () => {
    const bench = new LetterBench();
    await bench.fail(...five);
    expect((await bench.letters(undefined, plainly(bench)).replay()).replayed).toBe(5);
    expect((await bench.letters(undefined, plainly(bench)).replay()).replayed).toBe(0);
    expect(bench.replayed()).toHaveLength(5);
  });

  it('repeats a message and loses none when it ends between the two', async () => {
    const bench = new LetterBench();
    await bench.fail(five[0]);
    const mend = bench.broker.faults.failProduce(isMark);
    await expect(bench.letters(undefined, plainly(bench)).replay()).rejects.toThrow();
    expect(bench.replayed()).toHaveLength(1);
    mend();
    expect((await bench.letters(undefined, plainly(bench)).replay()).replayed).toBe(1);
    expect(bench.replayed()).toHaveLength(2);
  });

  it('marks those that were written when one of them is refused', async () => {
    const bench = new LetterBench();
    await bench.fail(...five);
    bench.broker.faults.failProduce((message) => isReplay(message) && String(message.value) === '3');
    await expect(bench.letters(undefined, plainly(bench)).replay()).rejects.toThrow();
    expect((await bench.letters().list()).length).toBe(1);
  });
});
