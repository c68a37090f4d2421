import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pack, unpack } from './waiting-message.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const none = fc.option(bytes);

it('reads what it has written, byte for byte', () => {
  const delay = fc.record(
    { at: fc.nat(), topic: fc.string(), partition: fc.nat(), timestamp: fc.nat() },
    { requiredKeys: ['at', 'topic'], noNullPrototype: true },
  );
  const headers = fc.array(fc.tuple(fc.string(), none), { maxLength: 5 });
  fc.assert(
    fc.property(fc.record({ delay, key: none, value: none, headers }, { noNullPrototype: true }), (message) => {
      expect(unpack(pack(message))).toEqual(message);
    }),
  );
});

it('reads what earlier versions have written', () => {
  const head = '{"delay":{"at":1,"topic":"mails"},"key":1,"value":null,"headers":[["a",2],["b",null]]}';
  const written = Buffer.concat([Buffer.from([0, 0, 0, head.length]), Buffer.from(`${head}kxy`)]);
  expect(unpack(written)).toEqual({
    delay: { at: 1, topic: 'mails' },
    key: Buffer.from('k'),
    value: null,
    headers: [
      ['a', Buffer.from('xy')],
      ['b', null],
    ],
  });
});
