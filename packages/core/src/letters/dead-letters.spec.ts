import { describe, expect, it } from '@jest/globals';
import { AgentError, DecodeError } from '../errors/index.js';
import { type BatchEvent, replayHeaders } from '../streams/index.js';
import type { HeaderPair, Outgoing } from '../transport/index.js';
import { causeOf, DeadLetters, deadLetterHeaders, deadLetterTopic, originalHeaders } from './index.js';

const noon = Date.UTC(2000, 0, 1, 12);

function event(headers: readonly HeaderPair[] = [], timestamp = 5_000): BatchEvent {
  const batch = {
    key: () => Buffer.from([0xff]),
    value: () => Buffer.from('{"id":'),
    timestamp: () => timestamp,
    headers: () => headers,
  };
  const position = { topic: 'orders', partition: 3, offset: 17 };
  return { ...position, position, batch, index: 0 } as unknown as BatchEvent;
}

async function letterOf(error: unknown, source = event(), attempts = 4): Promise<Outgoing & { readonly headers: readonly HeaderPair[] }> {
  const letter = new DeadLetters(deadLetterTopic('shop'), () => noon).letter(source, 'Shop.take', error, attempts);
  return letter as Outgoing & { readonly headers: readonly HeaderPair[] };
}

const text = (headers: readonly HeaderPair[], name: string) => headers.find(([each]) => each === name)?.[1]?.toString();

describe('a dead letter', () => {
  it('has key, value and timestamp as they were, in the topic of the app', async () => {
    expect(await letterOf(new Error('unlucky'))).toMatchObject({
      ...{ topic: 'shop-dead-letters', key: Buffer.from([0xff]), value: Buffer.from('{"id":'), timestamp: 5_000 },
    });
  });

  it('leaves the timestamp to the broker when there was none', async () => {
    expect((await letterOf(new Error('unlucky'), event([], -1))).timestamp).toBeUndefined();
  });

  it('says why it was set aside, and reads back', async () => {
    const { headers } = await letterOf(new RangeError('příliš mnoho'));
    expect(causeOf(headers)).toEqual({
      ...{ topic: 'orders', partition: 3, offset: 17, agent: 'Shop.take', attempts: 4 },
      error: { name: 'RangeError', code: undefined, message: 'příliš mnoho' },
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      failedAt: noon,
      replayOf: undefined,
    });
    expect(text(headers, deadLetterHeaders.failedAt)).toBe('2000-01-01T12:00:00.000Z');
  });

  it('has the code of the error: weir’s, or one of the system', async () => {
    const codeOf = async (error: unknown) => causeOf((await letterOf(error)).headers)?.error.code;
    expect(await codeOf(new DecodeError('Order', []))).toBe('DECODE_FAILED');
    expect(await codeOf(Object.assign(new Error('no way'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(await codeOf(Object.assign(new Error('no way'), { code: 11 }))).toBe('11');
    expect(await codeOf(Object.assign(new Error('no way'), { code: {} }))).toBeUndefined();
  });

  it('takes whatever was thrown', async () => {
    const messageOf = async (error: unknown) => causeOf((await letterOf(error)).headers)?.error;
    expect(await messageOf('just text')).toMatchObject({ name: 'Error', message: 'just text' });
    expect(await messageOf(undefined)).toMatchObject({ message: 'undefined' });
    expect(await messageOf({ no: 'error' })).toMatchObject({ message: "{ no: 'error' }" });
  });

  it('cuts a message that has no end', async () => {
    expect(causeOf((await letterOf(new Error('x'.repeat(10_000)))).headers)?.error.message).toHaveLength(2_000);
  });

  it('keeps every header of the original, also several of one name', async () => {
    const original: HeaderPair[] = [
      ['trace', Buffer.from('1')],
      ['trace', Buffer.from([0xff])],
    ];
    const { headers } = await letterOf(new Error('unlucky'), event(original));
    expect(headers.slice(0, 2)).toEqual(original);
    expect(originalHeaders(headers)).toEqual(original);
  });

  it('that fails again has only the last cause', async () => {
    const first = await letterOf(new Error('first'), event([['trace', Buffer.from('1')]]));
    const { headers } = await letterOf(new Error('second'), event(first.headers), 1);
    expect(causeOf(headers)).toMatchObject({ attempts: 1, error: { message: 'second' } });
    expect(headers.filter(([name]) => name === deadLetterHeaders.errorMessage)).toHaveLength(1);
    expect(originalHeaders(headers)).toEqual([['trace', Buffer.from('1')]]);
  });
});

describe('the dead letter of a replayed message', () => {
  it('names the one before, and keeps nothing of the replay in the headers of the original', async () => {
    const replayed: HeaderPair[] = [
      ['trace', Buffer.from([0xff])],
      [replayHeaders.for, Buffer.from('shop/Shop.take')],
      [replayHeaders.of, Buffer.from('shop-dead-letters-0-4')],
    ];
    const { headers } = await letterOf(new Error('again'), event(replayed));
    expect(causeOf(headers)?.replayOf).toBe('shop-dead-letters-0-4');
    expect(text(headers, replayHeaders.for)).toBeUndefined();
    expect(originalHeaders(headers)).toEqual(replayed.slice(0, 1));
  });
});

describe('the fingerprint', () => {
  const fingerprintOf = async (error: unknown) => causeOf((await letterOf(error)).headers)?.fingerprint;
  const fail = (message: string) => new Error(message);

  it('is the same for the same place in the code, whatever the message says', async () => {
    const [one, two] = ['order 1', 'order 2'].map((message) => fail(message));
    expect(await fingerprintOf(one)).toBe(await fingerprintOf(two));
  });

  it('is another one for another error', async () => {
    expect(await fingerprintOf(fail('same'))).not.toBe(await fingerprintOf(new TypeError('same')));
  });
});

describe('a message that is no dead letter', () => {
  it('has no cause', () => {
    expect(causeOf([])).toBeUndefined();
    expect(causeOf([['trace', Buffer.from('1')]])).toBeUndefined();
  });
});

describe('an agent error as the cause', () => {
  // The dead-letter topic did not take it, and the worker stopped, again and again.
  it('is cut short, whatever of it is long', async () => {
    const long = 'x'.repeat(2_000_000);
    const error = Object.assign(new Error(long), { name: long, code: long });
    const { headers } = await letterOf(error);
    expect(headers.reduce((sum, [, value]) => sum + (value?.length ?? 0), 0)).toBeLessThan(5_000);
  });

  it('keeps its own code', async () => {
    const error = new AgentError('Shop.take', { topic: 'orders', partition: 3, offset: 17 }, { cause: 'late', code: 'HANDLER_TIMEOUT' });
    expect(causeOf((await letterOf(error)).headers)?.error).toMatchObject({ name: 'AgentError', code: 'HANDLER_TIMEOUT' });
  });
});
