import { beforeEach, describe, expect, it } from '@jest/globals';
import { detached, Outputs, runAs } from './index.js';
import { as, attemptOf, laneOf, message, RecordingProducer, refusal, still } from './recording-producer.fixture.js';

describe('outputs', () => {
  let producer: RecordingProducer;
  let outputs: Outputs;
  const append = (value: string) => outputs.append('shipments', null, value);

  beforeEach(() => {
    producer = new RecordingProducer();
    outputs = new Outputs(producer, false);
  });

  it('keep what an attempt appends until it has succeeded, and give it out in order', () => {
    const attempt = attemptOf(outputs);
    as(attempt, () => {
      append('a');
      append('b');
    });
    expect([producer.values, attempt.hasSent]).toEqual([[], false]);
    outputs.succeed(attempt);
    expect([producer.values, attempt.hasSent, attempt.state]).toEqual([['a', 'b'], true, 'succeeded']);
  });

  it('hand on every part of a message', () => {
    const attempt = attemptOf(outputs);
    const headers = [['trace', Buffer.from('1')]] as const;
    as(attempt, () => outputs.append('shipments', 'k', 'v', 2, 1_000, headers));
    outputs.succeed(attempt);
    const parts = { topic: 'shipments', key: 'k', value: 'v', partition: 2, timestamp: 1_000, headers };
    expect(producer.left[0].message).toEqual({ ...parts, origin: 1 });
    outputs.stage(parts);
    expect(producer.left[1].message).toEqual({ ...parts, origin: 0 });
  });

  it('forget what a failed attempt has kept', () => {
    const attempt = attemptOf(outputs);
    as(attempt, () => append('a'));
    outputs.fail(attempt);
    expect([producer.values, attempt.state]).toEqual([[], 'failed']);
  });

  it('send at once what somebody may wait for, after what its attempt has kept, and keep what comes after it', () => {
    const [attempt, other] = [attemptOf(outputs), attemptOf(outputs, 18)];
    as(other, () => append('of another'));
    as(attempt, () => {
      append('a');
      append('b');
      void outputs.send(message('c'));
      append('d');
    });
    expect(producer.left.map(({ by, message: { value } }) => [by, value])).toEqual([
      ['append', 'a'],
      ['append', 'b'],
      ['send', 'c'],
    ]);
    outputs.succeed(attempt);
    expect(producer.values).toEqual(['a', 'b', 'c', 'd']);
  });

  it('tell who sends where it was written', async () => {
    const sending = outputs.send(message('a'));
    producer.left[0].resolve({ topic: 'shipments', partition: 0, offset: 5 });
    expect(await sending).toEqual({ topic: 'shipments', partition: 0, offset: 5 });
  });

  it('send at once what belongs to no event', () => {
    append('of nobody');
    const attempt = attemptOf(outputs);
    as(attempt, () => {
      append('of the event');
      detached(() => append('detached'));
    });
    expect(producer.left.map(({ message: { value, origin } }) => [value, origin])).toEqual([
      ['of nobody', 0],
      ['detached', 0],
    ]);
  });

  it('take what the event of another worker sends for that of none', () => {
    as(attemptOf(new Outputs(new RecordingProducer(), false)), () => append('a'));
    expect(producer.left.map(({ message: { value, origin } }) => [value, origin])).toEqual([['a', 0]]);
  });

  it('send at once, and for no event, what comes after the event has succeeded', () => {
    const attempt = attemptOf(outputs);
    outputs.succeed(attempt);
    as(attempt, () => append('late'));
    expect(producer.left.map(({ message: { value, origin } }) => [value, origin])).toEqual([['late', 0]]);
  });

  it.each(['failed', 'was given up'])('refuse what comes from an attempt that %s', (how) => {
    const lane = laneOf();
    const attempt = attemptOf(outputs, 17, { lane });
    if (how === 'failed') outputs.fail(attempt);
    else lane.isAbandoned = true;
    const closed = expect.objectContaining({ code: 'ATTEMPT_CLOSED' });
    expect(() => as(attempt, () => append('a'))).toThrow(closed);
    expect(() => as(attempt, () => outputs.send(message('b')))).toThrow(closed);
    expect(() => outputs.sendFor(attempt, message('c'))).toThrow(closed);
    expect(producer.values).toEqual([]);
  });

  it('give out what is more than they keep, before the attempt has succeeded', () => {
    const attempt = attemptOf(outputs);
    as(attempt, () => {
      for (let count = 0; count < 1_001; count++) append(`${count}`);
    });
    expect([producer.values.length, attempt.hasStaged, attempt.hasSent]).toEqual([1_000, true, true]);
    outputs.fail(attempt);
    expect(producer.values).toHaveLength(1_000);
  });

  it('send for an attempt by its name, whoever calls', () => {
    const attempt = attemptOf(outputs);
    void outputs.sendFor(attempt, message('a'));
    void outputs.sendFor(undefined, message('b'));
    expect(producer.left.map(({ message: { value, origin } }) => [value, origin])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });

  it('leave what can never be sent to the next flush, and send the others', () => {
    producer.unsendable.add('b');
    const attempt = attemptOf(outputs);
    as(attempt, () => {
      for (const value of ['a', 'b', 'c']) append(value);
    });
    outputs.succeed(attempt);
    expect(producer.left.map(({ by, message: { value } }) => [by, value])).toEqual([
      ['append', 'a'],
      ['send', 'b'],
      ['append', 'c'],
    ]);
  });

  it('let a step before take send at least once: nothing of it is taken back', () => {
    runAs({ attempt: undefined, isAheadOfTake: true }, append, 'a', undefined);
    expect(producer.values).toEqual(['a']);
  });

  it('always let attempts begin at least once', () => {
    expect(outputs.admits).toBe(true);
  });

  describe('of an isolated attempt', () => {
    it('go one by one, and are waited for', async () => {
      const attempt = attemptOf(outputs, 17, { isIsolated: true });
      as(attempt, () => {
        append('a');
        void outputs.send(message('b'));
        append('c');
      });
      let isConfirmed = false;
      const confirmed = outputs.confirm(attempt).then(() => {
        isConfirmed = true;
      });
      expect(producer.left.map(({ by, message: { value } }) => [by, value])).toEqual([
        ['sendAlone', 'a'],
        ['sendAlone', 'b'],
        ['sendAlone', 'c'],
      ]);
      for (const { resolve } of producer.left.slice(0, 2)) resolve({ topic: 'shipments', partition: 0, offset: 1 });
      await still();
      expect(isConfirmed).toBe(false);
      producer.left[2].resolve({ topic: 'shipments', partition: 0, offset: 2 });
      await confirmed;
    });

    it('fail it with what the first was refused with', async () => {
      const attempt = attemptOf(outputs, 17, { isIsolated: true });
      as(attempt, () => append('a'));
      const confirmed = outputs.confirm(attempt);
      const error = refusal();
      producer.left[0].reject(error);
      await expect(confirmed).rejects.toBe(error);
    });

    it('are not confirmed when it was given up', async () => {
      const lane = laneOf();
      const attempt = attemptOf(outputs, 17, { lane, isIsolated: true });
      as(attempt, () => append('a'));
      lane.isAbandoned = true;
      await expect(outputs.confirm(attempt)).rejects.toMatchObject({ code: 'ATTEMPT_CLOSED' });
      expect(producer.values).toEqual([]);
    });
  });
});
