import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Attempt, Outputs } from '../attempts/index.js';
import { as, attemptOf, laneOf, message, pending, RecordingProducer, refusal, still } from '../attempts/recording-producer.fixture.js';
import { TransportError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { type Consumer, DeliveryError, type GroupPosition, type Transactions } from '../transport/index.js';
import { Checkpoint, ExactlyOnce } from './index.js';
import { listening, progressOf, RecordingProgress } from './recording-progress.fixture.js';

const noBroker = () => new TransportError('no broker answers', { code: 'BROKER_UNREACHABLE', retriable: true });

describe('exactly once', () => {
  let events: string[];
  let clock: VirtualClock;
  let producer: RecordingProducer;
  let outputs: Outputs;
  let progress: RecordingProgress;
  let logs: ReturnType<typeof listening>;
  let checkpoint: Checkpoint;
  let committed: GroupPosition[][];
  /** What comes of the next calls of each name. @default done at once */
  let answers: Record<'begin' | 'commit' | 'abort', (() => Promise<void>)[]>;

  beforeEach(async () => {
    events = [];
    clock = new VirtualClock();
    producer = new RecordingProducer();
    outputs = new Outputs(producer, true);
    progress = new RecordingProgress(events);
    progress.completed = [progressOf(17)];
    logs = listening();
    committed = [];
    answers = { begin: [], commit: [], abort: [] };
    const answer = (name: keyof typeof answers) => {
      events.push(name);
      return answers[name].shift()?.() ?? Promise.resolve();
    };
    const transactions: Transactions = {
      begin: () => answer('begin'),
      commit: (_, offsets = []) => {
        committed.push([...offsets]);
        return answer('commit');
      },
      abort: () => answer('abort'),
    };
    const parts = { consumer: {} as Consumer, outputs, producer, transactions, progress, clock, ...logs, quiesceMs: 5_000 };
    const guarantee = new ExactlyOnce(parts);
    checkpoint = new Checkpoint(guarantee, progress, parts);
    await guarantee.start();
    events.length = 0;
  });

  /** Fires what is due one after another, and lets each come to its end. */
  async function advance(ms: number): Promise<void> {
    const end = clock.now() + ms;
    await still();
    for (let due = clock.nextDue(); due !== undefined && due <= end; due = clock.nextDue()) {
      clock.advanceTo(due);
      await still();
    }
    clock.advanceTo(end);
  }

  /** An attempt that runs, with a message in the open transaction. */
  function sending(value: string, offset = 17, lane = laneOf()): Attempt {
    const attempt = attemptOf(outputs, offset, { lane });
    as(attempt, () => void outputs.send(message(value)));
    return attempt;
  }

  describe('commits', () => {
    it('offsets and messages together, and begins the next transaction', async () => {
      await checkpoint.run();
      expect([committed, events]).toEqual([[[...progressOf(17).positions]], ['note', 'commit', 'progress committed 17', 'begin']]);
      expect(clock.nextDue()).toBeUndefined();
    });

    it('messages of timers and services where no event is done', async () => {
      progress.completed = [];
      void outputs.send(message('a'));
      await checkpoint.run();
      expect(events).toEqual(['note', 'commit', 'progress committed nothing', 'begin']);
    });

    it('nothing where there is nothing, and goes on with the same transaction', async () => {
      progress.completed = [];
      await checkpoint.run();
      void outputs.send(message('a'));
      expect([events, producer.values]).toEqual([['note'], ['a']]);
    });

    it('when attempts that have sent are at their ends, and waits for no other', async () => {
      const attempt = sending('a');
      as(attemptOf(outputs, 18), () => outputs.append('shipments', null, 'kept'));
      const done = checkpoint.run();
      await still();
      expect([events, outputs.admits]).toEqual([['hurry'], false]);
      outputs.succeed(attempt);
      await done;
      expect(events).toEqual(['hurry', 'note', 'commit', 'progress committed 17', 'begin']);
      expect(outputs.admits).toBe(true);
    });

    it('when all that was sent is acknowledged', async () => {
      const flush = pending();
      producer.flushes.push(flush.promise);
      const done = checkpoint.run();
      await still();
      expect(events).toEqual(['note']);
      flush.resolve();
      await done;
      expect(committed).toHaveLength(1);
    });

    it('and what comes meanwhile goes out with the next transaction', async () => {
      const commit = pending();
      answers.commit.push(() => commit.promise);
      const done = checkpoint.run();
      await still();
      void outputs.send(message('next'));
      expect(producer.values).toEqual([]);
      commit.resolve();
      await done;
      expect([producer.values, events.at(-1)]).toEqual([['next'], 'begin']);
    });

    it('nothing of partitions that were lost while it waited', async () => {
      const flush = pending();
      producer.flushes.push(flush.promise);
      const done = checkpoint.run();
      await still();
      progress.lost.add(3);
      flush.resolve();
      await done;
      expect([committed, events, progress.undelivered]).toEqual([[], ['note', 'abort', 'rewind', 'begin'], []]);
    });
  });

  describe('aborts', () => {
    it('when it is asked to, and says whether that was new', async () => {
      const why = new Error('a handler failed after it had sent');
      expect([checkpoint.abort(why), checkpoint.abort(new Error('another'))]).toEqual([true, false]);
      await checkpoint.run();
      expect([events, progress.why, progress.undelivered]).toEqual([['abort', 'rewind', 'begin'], why, []]);
      expect(checkpoint.abort(new Error('the next'))).toBe(true);
    });

    it('at once, though attempts that have sent still run', async () => {
      sending('a');
      const done = checkpoint.run();
      await still();
      checkpoint.abort(new Error('partitions were lost'));
      await done;
      expect(events).toEqual(['hurry', 'abort', 'rewind', 'begin']);
    });

    it('what cannot be committed', async () => {
      answers.commit.push(() => Promise.reject(new TransportError('the group has moved on', { code: 'COMMIT_FAILED' })));
      await checkpoint.run();
      expect(events).toEqual(['note', 'commit', 'abort', 'rewind', 'begin']);
      expect(logs.said).toMatchObject([{ msg: 'the transaction is aborted, and its events run again' }]);
    });

    it('nothing that the broker has aborted already', async () => {
      answers.commit.push(() => Promise.reject(new TransportError('it was aborted', { code: 'TRANSACTION_ABORTED' })));
      await checkpoint.run();
      expect(events).toEqual(['note', 'commit', 'rewind', 'begin']);
    });

    it('when messages are refused, and isolates just their events', async () => {
      const attempts = [sending('a', 17), sending('b', 18)];
      for (const attempt of attempts) outputs.succeed(attempt);
      producer.flushes.push(Promise.reject(producer.failed('b')));
      await checkpoint.run();
      expect([committed, events]).toEqual([[], ['note', 'abort', 'rewind', 'begin']]);
      expect(progress.undelivered).toEqual([{ topic: 'orders', partition: 3, agent: 'Shop.ship', from: 18, to: 18, isIsolated: true }]);
    });

    it('and isolates also what is only refused after it is known that it aborts', async () => {
      outputs.succeed(sending('a', 17));
      checkpoint.abort(new Error('a handler failed after it had sent'));
      producer.flushes.push(Promise.reject(producer.failed('a')));
      await checkpoint.run();
      expect(progress.undelivered).toMatchObject([{ from: 17, to: 17, isIsolated: true }]);
    });

    it('and isolates everything where it is not known whose a refused message was', async () => {
      const { origin, ...untold } = message('a');
      producer.flushes.push(Promise.reject(new DeliveryError([{ message: untold, error: refusal() }])));
      await checkpoint.run();
      expect([origin, progress.undelivered]).toEqual([undefined, 'unknown']);
    });

    it('drops what waits of attempts that were given up, and sends what waits of others', async () => {
      const lane = laneOf();
      const flush = pending();
      producer.flushes.push(flush.promise);
      const done = checkpoint.run();
      await still();
      sending('of a lane that is given up', 18, lane);
      sending('of another', 19);
      lane.isAbandoned = true;
      flush.reject(new Error('no'));
      await done;
      expect(producer.values).toEqual(['of another']);
    });
  });

  describe('ends the worker', () => {
    it.each([
      ['the client is lost', new TransportError('lost', { code: 'CLIENT_FATAL', fatal: true })],
      ['another has taken over', new TransportError('fenced', { code: 'PRODUCER_FENCED' })],
    ])('when %s, and nobody waits any longer', async (_, error) => {
      answers.commit.push(() => Promise.reject(error));
      answers.abort.push(() => Promise.reject(error));
      const done = checkpoint.run();
      const waiting = still().then(() => outputs.send(message('a')));
      await expect(done).rejects.toBe(error);
      await expect(waiting).rejects.toBe(error);
      expect([events.slice(0, 2), clock.nextDue()]).toEqual([['note', 'commit'], undefined]);
      expect(events).not.toContain('rewind');
    });

    it.each<[keyof typeof answers, string]>([
      ['commit', 'it is committed'],
      ['abort', 'it is aborted'],
    ])('when a %s stands still, and says for how long and what it waited for', async (name, stage) => {
      if (name === 'abort') checkpoint.abort(new Error('no'));
      answers[name].push(() => new Promise(() => undefined));
      const done = checkpoint.run();
      done.catch(() => undefined);
      await advance(119_000);
      expect(logs.said.at(-1)?.msg).toBe(`the transaction is not done after 1 m 50 s: waiting until ${stage}`);
      await advance(1_000);
      await expect(done).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', fatal: true });
      await expect(done).rejects.toThrow(`waiting until ${stage} for more than`);
    });

    it('when attempts that have sent do not come to their ends in time, and names them', async () => {
      sending('a');
      progress.unfinished = ['Shop.ship on orders[3]@17'];
      const done = checkpoint.run();
      done.catch(() => undefined);
      await advance(4_999);
      await still();
      expect(events).toEqual(['hurry']);
      await advance(1);
      await expect(done).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', fatal: true });
      await expect(done).rejects.toThrow('Shop.ship on orders[3]@17 did not come to an end within 5 s');
    });
  });

  // What the attempt sent last was refused, for nothing goes out any more; the last checkpoint of the worker committed its event all the same.
  it('commits nothing more once it has ended the worker, though attempts come to their ends then', async () => {
    const attempt = sending('a');
    as(attempt, () => outputs.append('shipments', null, 'kept until the end'));
    const done = checkpoint.run();
    const ended = done.catch((error: unknown) => error);
    await advance(5_000);
    outputs.succeed(attempt);
    progress.completed = [progressOf(18)];
    await expect(checkpoint.run()).rejects.toBe(await ended);
    expect([committed, producer.values, clock.nextDue()]).toEqual([[], ['a'], undefined]);
  });

  describe('is patient', () => {
    it('with attempts while the broker does not take what they sent', async () => {
      const attempt = sending('a');
      producer.flushes.push(...Array.from({ length: 10 }, () => new Promise<void>(() => undefined)));
      const done = checkpoint.run();
      await advance(30_000);
      expect(logs.said.map(({ msg }) => msg)).toContain(
        'the transaction cannot be committed yet: the broker has not taken what handlers sent',
      );
      checkpoint.abort(new Error('enough'));
      outputs.fail(attempt);
      await advance(10_000);
      await done;
      expect(events.slice(-3)).toEqual(['abort', 'rewind', 'begin']);
    });

    it.each(['abort', 'begin'] as const)('while no broker answers to %s: it asks again each second, and says so once', async (name) => {
      checkpoint.abort(new Error('no'));
      answers[name].push(...[1, 2, 3].map(() => () => Promise.reject(noBroker())));
      const done = checkpoint.run();
      await advance(2_999);
      expect(events.filter((event) => event === name)).toHaveLength(3);
      await advance(1);
      await done;
      expect(events.filter((event) => event === name)).toHaveLength(4);
      expect(logs.said.filter(({ msg }) => msg === 'the transaction waits until a broker answers')).toHaveLength(1);
    });

    it('for minutes with a broker that is away', async () => {
      checkpoint.abort(new Error('no'));
      answers.abort.push(...Array.from({ length: 300 }, () => () => Promise.reject(noBroker())));
      const done = checkpoint.run();
      await advance(301_000);
      await done;
      expect(events.slice(-2)).toEqual(['rewind', 'begin']);
    });

    it('and says every ten seconds what it waits for', async () => {
      const flush = pending();
      producer.flushes.push(flush.promise);
      const done = checkpoint.run();
      await advance(25_000);
      expect(logs.said.map(({ msg }) => msg)).toEqual(
        ['10 s', '20 s'].map((after) => `the transaction is not done after ${after}: waiting until what was sent is acknowledged`),
      );
      flush.resolve();
      await done;
    });
  });

  describe('finds what was refused while attempts still ran', () => {
    it('and aborts without waiting for them', async () => {
      sending('a', 17);
      producer.flushes.push(Promise.reject(producer.failed('a')));
      const done = checkpoint.run();
      await advance(1_000);
      await done;
      expect(events).toEqual(['hurry', 'abort', 'rewind', 'begin']);
      expect(progress.undelivered).toMatchObject([{ from: 17, to: 17, isIsolated: true }]);
    });

    // The flush for the commit had succeeded, and with it was forgotten what the refused message was sent for: its event was not isolated, and it was refused again.
    it('though it is told only when they are at their ends', async () => {
      const attempt = sending('a', 17);
      const early = pending();
      producer.flushes.push(early.promise);
      const done = checkpoint.run();
      await advance(1_000);
      outputs.succeed(attempt);
      await advance(2_000);
      expect(events).toEqual(['hurry', 'note']);
      early.reject(producer.failed('a'));
      await done;
      expect([committed, events.slice(2)]).toEqual([[], ['abort', 'rewind', 'begin']]);
      expect(progress.undelivered).toMatchObject([{ from: 17, to: 17, isIsolated: true }]);
    });

    it('though a later flush succeeds in the same turn', async () => {
      sending('a', 17);
      const [early, later] = [pending(), pending()];
      producer.flushes.push(early.promise, later.promise);
      const done = checkpoint.run();
      await advance(4_500);
      early.reject(producer.failed('a'));
      later.resolve();
      await done;
      expect(progress.undelivered).toMatchObject([{ from: 17, to: 17, isIsolated: true }]);
    });
  });
});
