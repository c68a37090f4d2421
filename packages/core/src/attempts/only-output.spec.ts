import { beforeEach, describe, expect, it } from '@jest/globals';
import { Outputs, Overtaken } from './index.js';
import { attemptOf, laneOf, message, RecordingProducer } from './recording-producer.fixture.js';

describe('the only message of an attempt that is about to succeed', () => {
  let producer: RecordingProducer;
  let outputs: Outputs;

  beforeEach(() => {
    producer = new RecordingProducer();
    outputs = new Outputs(producer, false);
  });

  it('goes at once, and throws where it can never be sent', () => {
    const attempt = attemptOf(outputs);
    outputs.appendOnly(attempt, message('a'));
    expect(producer.left.map(({ by, message: { value, origin } }) => [by, value, origin])).toEqual([['append', 'a', 1]]);
    producer.unsendable.add('b');
    expect(() => outputs.appendOnly(attempt, message('b'))).toThrow('it can never be sent');
  });

  it('goes after what the attempt has changed; not where it was overtaken or given up', () => {
    const order: string[] = [];
    let apply = () => void order.push(`applied before ${producer.values.length} messages`);
    const writing = (lane = laneOf()) =>
      Object.assign(attemptOf(outputs, 17, { lane }), { writes: { apply: () => apply(), settle: () => undefined, drop: () => undefined } });
    outputs.appendOnly(writing(), message('a'));
    expect([order, producer.values]).toEqual([['applied before 0 messages'], ['a']]);
    apply = () => {
      throw new Overtaken();
    };
    expect(() => outputs.appendOnly(writing(), message('b'))).toThrow(Overtaken);
    outputs.appendOnly(writing({ ...laneOf(), isAbandoned: true }), message('c'));
    expect(producer.values).toEqual(['a']);
  });
});
