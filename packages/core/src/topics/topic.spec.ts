import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString } from 'class-validator';
import { topic } from '../definitions/index.js';
import { CodecError, LifecycleError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { MemoryBroker } from '../transport/index.js';
import { message, Topics } from './index.js';

class Person {
  @IsString() name!: string;
  @IsInt() id!: number;
}

const people = topic('people', { value: Person });
const jenny = { name: 'Jenny', id: 3 };

async function connected(defaultCodec?: 'string') {
  const broker = new MemoryBroker({ clock: new VirtualClock(), partitions: 4 });
  const producer = await broker.transport().producer();
  const topics = new Topics(defaultCodec);
  topics.connect(producer);
  return { broker, producer, topics };
}

describe('a result', () => {
  const text = topic('texts', { value: 'string' });
  const trace = ['traceparent', Buffer.from('00-1')] as const;

  /** An event, and how often its key was read. */
  function eventOf(key: string) {
    let reads = 0;
    const keyToPassOn = () => {
      reads++;
      return key;
    };
    return { event: { batch: { keyToPassOn }, index: 0 }, reads: () => reads };
  }

  it('has the key of its event, unless it says another, or that there is none', async () => {
    const { topics } = await connected();
    const { event, reads } = eventOf('of the event');
    const encoded = (result: unknown) => topics.of(text).encodeResult(event, result);
    expect(encoded('v')).toMatchObject({ key: 'of the event', value: 'v' });
    expect(encoded(message({ value: 'v' }))).toMatchObject({ key: 'of the event', value: 'v' });
    expect(reads()).toBe(2);
    expect(encoded(message({ key: 'own', value: 'v' }))).toMatchObject({ key: 'own', value: 'v' });
    expect(encoded(message({ key: null, value: 'v' }))).toMatchObject({ key: null, value: 'v' });
    expect(reads()).toBe(2);
  });

  it('has the trace of its event beside its own headers, unless it gives one', async () => {
    const { topics } = await connected();
    const { event } = eventOf('k');
    const headersOf = (result: unknown) => topics.of(text).encodeResult(event, result, [trace]).headers;
    expect(headersOf('v')).toEqual([trace]);
    expect(headersOf(message({ key: 'own', value: 'v' }))).toEqual([trace]);
    const own = ['own', Buffer.from('1')];
    expect(headersOf(message({ key: 'own', value: 'v', headers: { own: '1' } }))).toEqual([trace, own]);
    const replaced = ['traceparent', Buffer.from('00-2')];
    expect(headersOf(message({ key: 'own', value: 'v', headers: { traceparent: '00-2' } }))).toEqual([replaced]);
  });

  it('may say all that a message says', async () => {
    const { topics } = await connected();
    const result = message({ key: 'own', value: 'v', partition: 3, timestamp: new Date(5), headers: { own: '1' } });
    const expected = { topic: 'texts', key: 'own', value: 'v', partition: 3, timestamp: 5, headers: [['own', Buffer.from('1')]] };
    expect(topics.of(text).encodeResult(eventOf('k').event, result)).toEqual(expected);
  });
});

describe('a bound topic', () => {
  it('writes what its codecs make of key and value, with headers, partition and timestamp', async () => {
    const { broker, topics } = await connected();
    const position = await topics.of(people).send({
      ...{ key: 'k', value: jenny, partition: 2, timestamp: new Date(5_000) },
      headers: { text: 'ř', bytes: Uint8Array.of(1, 2) },
    });
    expect(position).toEqual({ topic: 'people', partition: 2, offset: 0 });
    expect(broker.messages('people')).toEqual([
      {
        ...{ topic: 'people', partition: 2, offset: 0, timestamp: 5_000 },
        ...{ key: Buffer.from('k'), value: Buffer.from('{"name":"Jenny","id":3}') },
        headers: [
          ['text', Buffer.from('ř')],
          ['bytes', Buffer.from([1, 2])],
        ],
      },
    ]);
  });

  it('writes many in order and tells where each lies', async () => {
    const { topics } = await connected();
    const many = [1, 2, 3].map((id) => ({ key: 'k', value: { ...jenny, id } }));
    expect((await topics.of(people).sendMany(many)).map(({ offset }) => offset)).toEqual([0, 1, 2]);
  });

  it('writes without a promise, in order with what is awaited', async () => {
    const { broker, producer, topics } = await connected();
    const texts = topics.of(topic('texts', { value: 'string' }));
    texts.sendSoon({ key: 'k', value: 'first' });
    await texts.send({ key: 'k', value: 'second' });
    await producer.flush();
    expect(broker.messages('texts').map(({ value }) => String(value))).toEqual(['first', 'second']);
  });

  it('writes tombstones', async () => {
    const { broker, topics } = await connected();
    await topics.of(people).tombstone('k');
    await topics.of(people).send({ key: 'k', value: null });
    expect(broker.messages('people').map(({ key, value }) => [String(key), value])).toEqual([
      ['k', null],
      ['k', null],
    ]);
  });

  // A null value without a key went to any partition: it deleted nothing, and nobody was told.
  it('refuses a tombstone without a key', async () => {
    const { broker, topics } = await connected();
    for (const key of [undefined, null])
      expect(() => topics.of(people).tombstone(key as never)).toThrow(
        `the key of a tombstone for people is ${key}: it would delete nothing. Give it the key that is to go`,
      );
    expect(broker.messages('people')).toEqual([]);
  });

  it('takes the app’s codec when the definition names none', async () => {
    const { broker, topics } = await connected('string');
    await topics.of(topic('plain')).send({ value: 'text' });
    expect(String(broker.messages('plain')[0].value)).toBe('text');
  });

  it('is the same one for a definition each time', () => {
    const topics = new Topics();
    expect(topics.of(people)).toBe(topics.of(people));
    expect(topics.of(topics.of(people))).toBe(topics.of(people));
  });
});

describe('what a topic cannot write', () => {
  const writing = async (message: object, definition: Parameters<Topics['of']>[0] = people) => {
    const { broker, topics } = await connected();
    const bound = topics.of(definition);
    expect(() => bound.send(message as never)).toThrow(CodecError);
    expect(() => bound.sendSoon(message as never)).toThrow(CodecError);
    expect(broker.messages('people')).toEqual([]);
    try {
      bound.sendSoon(message as never);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it('is named with the topic, at once and before anything is sent', async () => {
    expect(await writing({ value: undefined })).toMatch(/^the value of a message to people is undefined\. Send null for a tombstone$/);
    expect(await writing({ key: 5, value: jenny })).toMatch(/string: cannot encode 5\b.*Give a string/);
    expect(await writing({ value: 'Jenny' })).toMatch(/Person: cannot encode 'Jenny'.*Give a record or a plain object/);
    expect(await writing({ value: { ...jenny, id: 3n } })).toMatch(/JSON has no bigint/);
    expect(await writing({ value: jenny, headers: { h: 5 } })).toMatch(/^header 'h' must be text, bytes or null, got number$/);
    expect(await writing({ value: jenny, headers: { h: undefined } })).toMatch(/got undefined$/);
    expect(await writing({ value: jenny, headers: { h: '\ud83d' } })).toMatch(/^header 'h': cannot encode a text with half a character/);
    expect(await writing({ value: jenny, timestamp: Number.NaN })).toMatch(/^a timestamp must be milliseconds since 1970, got NaN$/);
    expect(await writing({ value: jenny, timestamp: new Date('never') })).toMatch(/^a timestamp must be/);
    for (const partition of [-1, 1.5, Number.NaN])
      expect(await writing({ value: jenny, partition })).toBe(
        `a partition must be a whole number from 0, got ${partition}. Without one the key decides`,
      );
    // ['ab', 'cd'] were the headers a and c; a name that is no text was left to the driver.
    for (const headers of [['ab', 'cd'], [[5, 'x']], 'ab', null])
      expect(await writing({ value: jenny, headers })).toMatch(/^headers must be an object, or pairs of name and value, got /);
  });

  it('includes everything for a topic of several names or a pattern', async () => {
    expect(await writing({ value: 1 }, topic(['people', 'others']))).toMatch(/^people,others is several topics and can only be read/);
    expect(await writing({ value: 1 }, topic(/^people$/))).toMatch(/can only be read/);
  });

  it('carries the cause of a codec of one’s own', async () => {
    const cause = new Error('no ink');
    const broken = topic('people', {
      value: {
        encode: () => {
          throw cause;
        },
        decode: () => 0,
      },
    });
    const { topics } = await connected();
    expect(() => topics.of(broken).sendSoon({ value: 1 })).toThrow(
      expect.objectContaining({ code: 'ENCODE_FAILED', cause, message: expect.stringMatching(/people with its codec: no ink$/) }),
    );
  });
});

describe('topics that are not connected', () => {
  it('say when messages can be sent', async () => {
    const { producer, topics } = await connected();
    const bound = topics.of(people);
    topics.connect(undefined);
    expect(() => bound.sendSoon({ value: jenny })).toThrow(LifecycleError);
    expect(() => bound.send({ value: jenny })).toThrow(/from @OnStart on and until @OnStop/);
    topics.connect(producer);
    await expect(bound.send({ value: jenny })).resolves.toMatchObject({ offset: 0 });
  });
});
