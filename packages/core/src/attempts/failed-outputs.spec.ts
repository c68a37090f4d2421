import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../errors/index.js';
import { DeliveryError } from '../transport/index.js';
import { type Attempt, Outputs } from './index.js';
import { as, attemptOf, laneOf, message, outage, pending, RecordingProducer, refusal } from './recording-producer.fixture.js';

describe('what was not delivered', () => {
  const lane = laneOf();
  let producer: RecordingProducer;
  let outputs: Outputs;
  const send = (attempt: Attempt, ...values: string[]) =>
    as(attempt, () => {
      for (const value of values) void outputs.send(message(value));
    });

  beforeEach(() => {
    producer = new RecordingProducer();
    outputs = new Outputs(producer, false);
  });

  /** Flushes, and the broker refuses some. */
  async function refuse(...values: string[]): Promise<unknown> {
    producer.flushes.push(Promise.reject(producer.failed(...values)));
    return outputs.flush().catch((error: unknown) => error);
  }

  it('is traced to the events that it was sent for, each named once', async () => {
    const attempts = [17, 18, 19].map((offset) => attemptOf(outputs, offset, { lane }));
    for (const attempt of attempts) send(attempt, `${attempt.from}`, `${attempt.from} again`);
    const failed = outputs.failed(await refuse('17', '19', '19 again'));
    expect(failed).toEqual({
      origins: [
        { lane, from: 17, to: 17, isRefused: true },
        { lane, from: 19, to: 19, isRefused: true },
      ],
      ...{ unowned: [], isUnknown: false },
    });
  });

  it('is traced to all events of an attempt of several', async () => {
    const attempt = attemptOf(outputs, 17, { lane });
    attempt.covers(20);
    send(attempt, 'a');
    expect(outputs.failed(await refuse('a')).origins).toEqual([{ lane, from: 17, to: 20, isRefused: true }]);
  });

  it('is traced to its event also when that is done, and failed', async () => {
    const [succeeded, failed] = [attemptOf(outputs, 17, { lane }), attemptOf(outputs, 18, { lane })];
    send(succeeded, 'a');
    send(failed, 'b');
    outputs.succeed(succeeded);
    outputs.fail(failed);
    expect(outputs.failed(await refuse('a', 'b')).origins.map(({ from }) => from)).toEqual([17, 18]);
  });

  it('is traced to an attempt that sends over several flushes', async () => {
    const attempt = attemptOf(outputs, 17, { lane });
    for (const value of ['a', 'b', 'c']) {
      send(attempt, value);
      await outputs.flush();
    }
    send(attempt, 'd');
    expect(outputs.failed(await refuse('d')).origins).toEqual([{ lane, from: 17, to: 17, isRefused: true }]);
  });

  it('is traced when it leaves while a flush is under way, which answers for nothing of it', async () => {
    const attempt = attemptOf(outputs, 17, { lane });
    send(attempt, 'a');
    const flush = pending();
    producer.flushes.push(flush.promise);
    const flushed = outputs.flush();
    send(attempt, 'b');
    flush.resolve();
    await flushed;
    expect(outputs.failed(await refuse('b')).origins).toEqual([{ lane, from: 17, to: 17, isRefused: true }]);
  });

  // A later flush that succeeded forgot what those messages were sent for: with exactly once their events were not isolated.
  it('stays traced, whatever becomes of later flushes', async () => {
    send(attemptOf(outputs, 17, { lane }), 'a');
    const error = await refuse('a');
    send(attemptOf(outputs, 18, { lane }), 'b');
    expect(outputs.failed(await refuse('b')).origins.map(({ from }) => from)).toEqual([18]);
    await outputs.flush();
    expect(outputs.failed(error).origins.map(({ from }) => from)).toEqual([17]);
  });

  it('says whether it was refused, or may be taken another time', async () => {
    send(attemptOf(outputs, 17, { lane }), 'a');
    send(attemptOf(outputs, 18, { lane }), 'b');
    const error = new DeliveryError([producer.failure('a', outage()), producer.failure('b', refusal())]);
    expect(outputs.failed(error).origins.map(({ from, isRefused }) => [from, isRefused])).toEqual([
      [17, false],
      [18, true],
    ]);
  });

  // The message of the third event was taken for one of the first two: with at-least-once the third was committed, and what it sent was lost.
  it('is traced to an event that came to an attempt which had sent before', async () => {
    const attempt = attemptOf(outputs, 17, { lane });
    send(attempt, 'a');
    attempt.covers(18);
    send(attempt, 'b');
    const origins = outputs.failed(await refuse('a', 'b')).origins.map(({ from, to }) => [from, to]);
    expect(origins).toEqual([
      [17, 17],
      [17, 18],
    ]);
  });

  // The last one decided: events with a message that is refused each time were not isolated.
  it('was refused where one of its messages was, whatever became of the others', () => {
    send(attemptOf(outputs, 17, { lane }), 'a', 'b', 'c');
    const errors = { a: outage(), b: refusal(), c: outage() };
    const error = new DeliveryError(Object.entries(errors).map(([value, each]) => producer.failure(value, each)));
    expect(outputs.failed(error).origins).toEqual([{ lane, from: 17, to: 17, isRefused: true }]);
  });

  it('is a message for no event where it had none', async () => {
    void outputs.send(message('of nobody'));
    const { origins, unowned, isUnknown } = outputs.failed(await refuse('of nobody'));
    expect([origins, unowned.map((each) => each.message.value), isUnknown]).toEqual([[], ['of nobody'], false]);
  });

  it('is unknown where the client cannot tell', () => {
    send(attemptOf(outputs, 17, { lane }), 'a');
    const { origin, ...untold } = producer.failure('a').message;
    const failed = outputs.failed(new DeliveryError([{ message: untold, error: refusal() }]));
    expect([origin, failed]).toEqual([1, { origins: [], unowned: [], isUnknown: true }]);
  });

  it('is looked for in the causes of an error', () => {
    send(attemptOf(outputs, 17, { lane }), 'a');
    const cause = new TransportError('it cannot be committed', { code: 'TRANSACTION_ABORTED', cause: producer.failed('a') });
    expect(outputs.failed(new Error('aborted', { cause })).origins.map(({ from }) => from)).toEqual([17]);
  });

  it.each([new Error('no'), 'no', undefined])('is nothing where %s says nothing of messages', (error) => {
    expect(outputs.failed(error)).toEqual({ origins: [], unowned: [], isUnknown: false });
  });
});
