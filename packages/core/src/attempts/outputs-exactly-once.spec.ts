import { beforeEach, describe, expect, it } from '@jest/globals';
import { Outputs, runAs } from './index.js';
import { as, attemptOf, laneOf, message, RecordingProducer, still } from './recording-producer.fixture.js';

describe('outputs exactly once', () => {
  let producer: RecordingProducer;
  let outputs: Outputs;
  const append = (value: string) => outputs.append('shipments', null, value);

  beforeEach(() => {
    producer = new RecordingProducer();
    outputs = new Outputs(producer, true);
    outputs.open();
  });

  /** Whether a promise has resolved. */
  async function isOver(promise: Promise<unknown>): Promise<boolean> {
    let over = false;
    void promise.then(() => {
      over = true;
    });
    await still();
    return over;
  }

  it('wait for the first transaction', () => {
    outputs = new Outputs(producer, true);
    append('a');
    expect(producer.values).toEqual([]);
    outputs.open();
    expect(producer.values).toEqual(['a']);
  });

  it('know whether the open transaction has any message, and begin anew with the next', () => {
    expect(outputs.isEmpty).toBe(true);
    append('a');
    expect(outputs.isEmpty).toBe(false);
    outputs.close();
    outputs.open();
    expect(outputs.isEmpty).toBe(true);
  });

  it('are quiescent at once where no attempt that runs has sent, whatever runs', async () => {
    const [running, succeeded] = [attemptOf(outputs), attemptOf(outputs, 18)];
    as(running, () => append('kept'));
    as(succeeded, () => void outputs.send(message('sent')));
    outputs.succeed(succeeded);
    expect(outputs.isQuiescent).toBe(true);
    expect(await isOver(outputs.quiesce())).toBe(true);
  });

  it('wait for every attempt that has sent, however it ends, and for no other', async () => {
    const [one, other, third] = [17, 18, 19].map((offset) => attemptOf(outputs, offset));
    as(one, () => void outputs.send(message('a')));
    as(other, () => void outputs.send(message('b')));
    as(third, () => append('kept'));
    const quiet = outputs.quiesce();
    outputs.succeed(one);
    expect([await isOver(quiet), outputs.isQuiescent]).toEqual([false, false]);
    outputs.fail(other);
    expect([await isOver(quiet), outputs.isQuiescent]).toEqual([true, true]);
  });

  it('do not wait for an attempt whose only message leaves as it succeeds', async () => {
    const attempt = attemptOf(outputs);
    as(attempt, () => append('a'));
    outputs.succeed(attempt);
    expect(await isOver(outputs.quiesce())).toBe(true);
  });

  it('let no attempt begin from the time they close in until they are open, and tell of that; those that run go on sending', () => {
    const opened: boolean[] = [];
    outputs.whenOpened(() => opened.push(outputs.admits));
    expect(outputs.admits).toBe(true);
    void outputs.quiesce();
    expect(outputs.admits).toBe(false);
    append('a');
    expect(producer.values).toEqual(['a']);
    outputs.close();
    outputs.open();
    expect([outputs.admits, opened]).toEqual([true, [true]]);
  });

  it('let attempts begin while a transaction is committed', () => {
    void outputs.quiesce();
    outputs.close();
    expect(outputs.admits).toBe(true);
  });

  it('let no attempt begin while more waits than they hold', () => {
    outputs.close();
    for (let count = 0; count < 9_999; count++) append('a');
    expect(outputs.admits).toBe(true);
    append('a');
    expect(outputs.admits).toBe(false);
    outputs.open();
    expect([outputs.admits, producer.values.length]).toEqual([true, 10_000]);
  });

  it('keep what comes while a transaction is committed, by whichever call, and give it out in order with the next', async () => {
    outputs.close();
    const attempt = attemptOf(outputs);
    append('a');
    const sending = as(attempt, () => {
      append('b');
      return outputs.send(message('c'));
    });
    append('d');
    as(attempt, () => append('e'));
    outputs.succeed(attempt);
    expect([producer.values, outputs.isEmpty]).toEqual([[], true]);
    outputs.open();
    expect(producer.left.map(({ by, message: { value } }) => [by, value])).toEqual([
      ['append', 'a'],
      ['append', 'b'],
      ['send', 'c'],
      ['append', 'd'],
      ['append', 'e'],
    ]);
    producer.left[2].resolve({ topic: 'shipments', partition: 0, offset: 5 });
    expect(await sending).toEqual({ topic: 'shipments', partition: 0, offset: 5 });
  });

  it('count an attempt to the transaction that its message went out with', async () => {
    outputs.close();
    const [running, succeeded] = [attemptOf(outputs), attemptOf(outputs, 18)];
    for (const attempt of [running, succeeded]) as(attempt, () => void outputs.send(message('a')));
    outputs.succeed(succeeded);
    expect([outputs.isQuiescent, running.hasSent]).toEqual([true, false]);
    outputs.open();
    expect([outputs.isQuiescent, running.hasSent]).toEqual([false, true]);
    outputs.succeed(running);
    expect(outputs.isQuiescent).toBe(true);
  });

  it.each(['failed', 'was given up'])('do not send what waits of an attempt that %s, and tell who waits for it', async (how) => {
    outputs.close();
    const lane = laneOf();
    const attempt = attemptOf(outputs, 17, { lane });
    const sending = as(attempt, () => {
      append('a');
      return outputs.send(message('b'));
    });
    append('of nobody');
    if (how === 'failed') outputs.fail(attempt);
    else lane.isAbandoned = true;
    outputs.open();
    expect(producer.values).toEqual(['of nobody']);
    await expect(sending).rejects.toMatchObject({ code: 'ATTEMPT_CLOSED', message: 'the event that this was sent for runs again' });
  });

  it('do not send what waits of an attempt that has succeeded and was given up then: its event runs again', () => {
    outputs.close();
    const lane = laneOf();
    const attempt = attemptOf(outputs, 17, { lane });
    as(attempt, () => append('a'));
    outputs.succeed(attempt);
    lane.isAbandoned = true;
    outputs.open();
    expect(producer.values).toEqual([]);
  });

  it('refuse who waits when they break, and whoever comes later', async () => {
    const why = new Error('another has taken over');
    const attempt = attemptOf(outputs);
    as(attempt, () => void outputs.send(message('sent')));
    const quiet = outputs.quiesce();
    outputs.close();
    const waiting = outputs.send(message('a'));
    append('b');
    outputs.break(why);
    expect(await isOver(quiet)).toBe(true);
    await expect(waiting).rejects.toBe(why);
    await expect(outputs.send(message('c'))).rejects.toBe(why);
    expect(() => append('d')).toThrow(why);
    expect(producer.values).toEqual(['sent']);
  });

  it('end the wait for attempts when they break before those have come to their ends', async () => {
    as(attemptOf(outputs), () => void outputs.send(message('a')));
    const quiet = outputs.quiesce();
    outputs.break(new Error('another has taken over'));
    expect(await isOver(quiet)).toBe(true);
  });

  it('let no step before take send: its loop has not been given the event', () => {
    const ahead = { attempt: undefined, isAheadOfTake: true };
    expect(() => runAs(ahead, append, 'a', undefined)).toThrow('a step of a stream before take() may not send');
    expect(() => runAs(ahead, () => outputs.send(message('b')), undefined, undefined)).toThrow(
      expect.objectContaining({ code: 'LIFECYCLE_ORDER' }),
    );
    expect(producer.values).toEqual([]);
  });
});
