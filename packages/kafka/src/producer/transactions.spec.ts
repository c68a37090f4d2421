import { describe, expect, it } from '@jest/globals';
import type { Position } from '@weir/core/internal/positions';
import { KafkaConsumer } from '../consumer/consumer.js';
import type { Done, DriverProducer } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { ManualClock, turn } from '../manual-clock.fixture.js';
import { silent } from '../silent.fixture.js';
import { KafkaTransactions } from './transactions.js';

const offsets: readonly Position[] = [{ topic: 't', partition: 0, offset: 7 }];
const timedOut = Object.assign(new Error('Timed out'), { code: codes.timedOut, isRetriable: true });

describe('a transaction', () => {
  it('sends the offsets, then commits', async () => {
    const { transactions, consumer, calls } = make({});
    await transactions.begin();
    await transactions.commit(consumer, offsets);
    expect(calls).toEqual(['begin', 'offsets', 'commit']);
  });

  // librdkafka waits for ever for a coordinator whose broker is gone; the worker used to stand still for two minutes.
  it('nudges a client that waits, until it comes back', async () => {
    let answer = (): void => undefined;
    const { transactions, consumer, calls, clock } = make({
      offsets: [
        (done) => {
          answer = () => done(null, undefined);
        },
      ],
    });
    await transactions.begin();
    const committed = transactions.commit(consumer, offsets);
    await turn();
    await clock.advance(1_900);
    expect(calls).toEqual(['begin', 'offsets']);
    await clock.advance(100);
    await clock.advance(2_000);
    answer();
    await committed;
    expect(calls).toEqual(['begin', 'offsets', 'nudge', 'nudge', 'commit']);
  });

  it('ends the worker where the client never comes back, and calls it no more', async () => {
    const { transactions, consumer, calls, clock } = make({ offsets: [() => undefined] });
    await transactions.begin();
    const committed = transactions.commit(consumer, offsets).catch((error) => error);
    await turn();
    for (let times = 0; times < 7; times++) await clock.advance(2_000);
    expect(await committed).toMatchObject({ code: 'TRANSACTION_ABORTED', fatal: true, message: expect.stringContaining('start again') });
    expect(calls.filter((call) => call !== 'nudge')).toEqual(['begin', 'offsets']);
  });

  // A worker that was halted beyond its session ended, where it had joined again before its offsets came to the group.
  it.each(['illegalGeneration', 'unknownMember', 'fencedInstance'] as const)(
    'is aborted when the group does not take its offsets: %s',
    async (code) => {
      const refused = Object.assign(new Error(code), { code: codes[code], isTxnRequiresAbort: true });
      const { transactions, consumer, calls } = make({ offsets: [(done) => done(refused as never, undefined)] });
      await transactions.begin();
      await expect(transactions.commit(consumer, offsets)).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', fatal: false });
      expect(calls).toEqual(['begin', 'offsets', 'discard', 'flush', 'abort']);
    },
  );

  it('ends the worker when another has its id, and says what to do', async () => {
    const fenced = Object.assign(new Error('fenced'), { code: codes.fenced, isFatal: true });
    const { transactions, consumer } = make({ commit: [(done) => done(fenced as never, undefined)] });
    await transactions.begin();
    await expect(transactions.commit(consumer, offsets)).rejects.toMatchObject({
      ...{ code: 'PRODUCER_FENCED' },
      message: expect.stringMatching(/fenced\. Start again, nothing is lost: .* member.* transaction\.timeout\.ms/),
    });
  });

  // The worker ended.
  it('counts as aborted when the broker has ended it, where nobody else has the id, and another client goes on', async () => {
    const fenced = Object.assign(new Error('fenced'), { code: codes.fenced, isFatal: true });
    const refuse: Answer = (done) => done(fenced as never, undefined);
    const { transactions, consumer, calls } = make({ isSole: true, commit: [refuse], abort: [refuse] });
    await transactions.begin();
    await expect(transactions.commit(consumer, offsets)).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', fatal: false });
    expect(calls).toEqual(['begin', 'offsets', 'commit', 'discard', 'flush', 'abort', 'renew']);
    await transactions.begin();
    await transactions.commit(consumer, offsets);
  });

  it('asks for the commit again while its outcome is open', async () => {
    const { transactions, consumer, calls } = make({ commit: [(done) => done(timedOut as never, undefined)] });
    await transactions.begin();
    await transactions.commit(consumer, offsets);
    expect(calls).toEqual(['begin', 'offsets', 'commit', 'commit']);
  });

  // It used to be taken for aborted, and its events would have run again.
  it('ends the worker when the outcome stays open, and aborts nothing', async () => {
    const clock = new ManualClock();
    const late = (done: Done) => void clock.advance(30_000).then(() => done(timedOut as never, undefined));
    const { transactions, consumer, calls } = make({ clock, commit: [late, late, late] });
    await transactions.begin();
    await expect(transactions.commit(consumer, offsets)).rejects.toMatchObject({
      fatal: true,
      message: expect.stringContaining('not known'),
    });
    expect(calls).toEqual(['begin', 'offsets', 'commit', 'commit']);
  });
});

type Answer = (done: Done) => void;
interface Script {
  readonly clock?: ManualClock;
  /** What becomes of the first calls; later ones succeed. */
  readonly offsets?: Answer[];
  readonly commit?: Answer[];
  readonly abort?: Answer[];
  readonly isSole?: boolean;
}

function make({ clock = new ManualClock(), offsets: sent = [], commit = [], abort = [], isSole = false }: Script) {
  const calls: string[] = [];
  const succeed: Answer = (done) => done(null, undefined);
  const note = (what: string, done: Done, answer: Answer = succeed) => {
    calls.push(what);
    answer(done);
  };
  const driver = {
    beginTransaction: (done: Done) => note('begin', done),
    sendOffsetsToTransaction: (_: unknown, __: unknown, ___: number, done: Done) => note('offsets', done, sent.shift()),
    commitTransaction: (_: number, done: Done) => note('commit', done, commit.shift()),
    abortTransaction: (_: number, done: Done) => note('abort', done, abort.shift()),
    flush: (_: number, done: Done) => note('flush', done),
  } as unknown as DriverProducer;
  const transactions = new KafkaTransactions({
    ...{ clock, logger: silent, driver: () => driver },
    nudge: () => void calls.push('nudge'),
    mustAbort: () => false,
    begun: () => undefined,
    flush: async () => {},
    discard: () => void calls.push('discard'),
    ...(isSole && { renew: async () => void calls.push('renew') }),
  });
  const consumer = Object.create(KafkaConsumer.prototype, {
    claim: { value: () => undefined },
    driver: { value: {} },
  }) as KafkaConsumer;
  return { transactions, consumer, calls, clock };
}
