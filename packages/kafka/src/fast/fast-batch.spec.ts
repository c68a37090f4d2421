import { describe, expect, it } from '@jest/globals';
import { batches } from '../consumer/source.js';
import { FastBatch } from './fast-batch.js';

describe('a batch in columns', () => {
  it('reads keys and values as text and as bytes', () => {
    const batch = batchOf([
      { key: 'k', value: 'Eliška' },
      { key: null, value: null },
      { key: '', value: '' },
    ]);
    expect([0, 1, 2].map((index) => [batch.keyText(index), batch.valueText(index)])).toEqual([
      ['k', 'Eliška'],
      [null, null],
      ['', ''],
    ]);
    expect([batch.key(0), batch.value(0)]).toEqual([Buffer.from('k'), Buffer.from('Eliška')]);
    expect([batch.key(1), batch.value(1), batch.key(2), batch.value(2)]).toEqual([null, null, Buffer.alloc(0), Buffer.alloc(0)]);
  });

  it('knows offsets, timestamps and its size', () => {
    const batch = batchOf([{ value: 'abc', offset: 2 ** 40, timestamp: 1_000_000_000_123 }, { value: 'd' }]);
    expect([batch.length, batch.sizeBytes]).toEqual([2, 4]);
    expect([batch.offset(0), batch.timestamp(0), batch.timestamp(1)]).toEqual([2 ** 40, 1_000_000_000_123, -1]);
  });

  it('replaces malformed text, and reads ASCII as it is', () => {
    expect(batchOf([{ value: Buffer.from([0x61, 0xff, 0x62]) }]).valueText(0)).toBe('a\ufffdb');
    expect(batchOf([{ value: 'plain' }]).valueText(0)).toBe('plain');
  });

  it('reads short and long texts alike, wherever they lie', () => {
    const texts = ['a'.repeat(12), 'b'.repeat(13), '', 'c', 'd'.repeat(40), 'e'];
    const messages = texts.map((value, index) => ({
      key: index % 2 === 0 ? null : `key-${index}`,
      value,
      headers: [['h', null]] as const,
    }));
    for (const rest of [[], [{ value: 'f'.repeat(1_000) }], [{ value: 'ž' }]]) {
      const batch = batchOf([...messages, ...rest]);
      expect(texts.map((_, index) => batch.valueText(index))).toEqual(texts);
      expect(texts.map((_, index) => batch.keyText(index))).toEqual(messages.map(({ key }) => key));
      expect(batch.keyToPassOn(3)?.toString()).toBe('key-3');
    }
  });

  it('makes headers only of the message that is asked for', () => {
    const batch = batchOf([
      { value: 'a' },
      {
        value: 'b',
        headers: [
          ['ž', Buffer.from('1')],
          ['ž', Buffer.alloc(0)],
          ['none', null],
        ],
      },
    ]);
    expect(batch.headers(0)).toEqual([]);
    expect(batch.headers(1)).toEqual([
      ['ž', Buffer.from('1')],
      ['ž', Buffer.alloc(0)],
      ['none', null],
    ]);
    expect([batch.hasHeader(0, 'ž'), batch.hasHeader(1, 'none'), batch.hasHeader(1, 'other')]).toEqual([false, true, false]);
    expect(batchOf([{ value: 'a' }]).hasHeader(0, 'ž')).toBe(false);
  });

  it('gives bytes that do not keep the batch in memory, and that may be written into', () => {
    const texts = ['x'.repeat(100_000), ...[0, 1, 31, 32, 33].map((length) => 'y'.repeat(length))];
    const batch = batchOf(texts.map((value) => ({ value })));
    for (const [index, text] of texts.entries()) {
      const value = batch.value(index)!;
      expect(value.toString()).toBe(text);
      value.fill(0);
      expect(batch.valueText(index)).toBe(text);
    }
    expect(batch.value(5)!.buffer.byteLength).toBeLessThan(20_000);
  });

  it('has nothing before its beginning and beyond its end', () => {
    const batch = batchOf([{ value: 'a' }]);
    for (const index of [-1, 1, Number.NaN]) {
      expect(() => batch.offset(index)).toThrow(RangeError);
      expect(() => batch.valueText(index)).toThrow(RangeError);
      expect(() => batch.headers(index)).toThrow(RangeError);
      expect(() => batch.hasHeader(index, 'any')).toThrow(RangeError);
    }
  });
});

describe('what the addon hands over', () => {
  it('becomes batches, and what went wrong is told', () => {
    const failures: unknown[] = [];
    const memory = new ArrayBuffer(28);
    const row = [null, -195, 'no connection', null, -1, -1001, 't', 3, 1, 0, true, false, memory, null, -191, 'end', 't', 3, 7];
    const found = batches(row, (error) => failures.push(error));
    expect(found.map(({ topic, partition, length }) => [topic, partition, length])).toEqual([['t', 3, 1]]);
    expect(failures).toEqual([
      expect.objectContaining({ code: -195, message: 'no connection' }),
      expect.objectContaining({ code: -191, message: 'end', topic: 't', partition: 3, offset: 7 }),
    ]);
  });
});

interface Message {
  readonly key?: string | null;
  readonly value: string | Buffer | null;
  readonly offset?: number;
  readonly timestamp?: number;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

/** A batch as the addon lays it out. */
function batchOf(messages: readonly Message[]): FastBatch {
  const fields = messages.map(({ key = null, value }) => [key, value].map((field) => (field === null ? null : Buffer.from(field))));
  const bytes = Buffer.concat(fields.flat().filter((field) => field !== null));
  const headerBytes = messages.map(({ headers = [] }) => (headers.length === 0 ? Buffer.alloc(0) : encoded(headers)));
  const hasHeaders = headerBytes.some(({ length }) => length > 0);
  const count = messages.length;
  const fixed = count * (hasHeaders ? 32 : 28);
  const memory = new ArrayBuffer(fixed + bytes.length + Buffer.concat(headerBytes).length);
  const numbers = new Float64Array(memory, 0, 2 * count);
  const places = new Int32Array(memory, 16 * count, 3 * count);
  let [at, headerAt] = [0, bytes.length];
  messages.forEach(({ offset = 0, timestamp = -1 }, index) => {
    const [key, value] = fields[index]!;
    numbers.set([offset], index);
    numbers.set([timestamp], count + index);
    places.set([at, key?.length ?? -1, value?.length ?? -1], 3 * index);
    at += (key?.length ?? 0) + (value?.length ?? 0);
    if (!hasHeaders) return;
    new Int32Array(memory, 28 * count, count).set([headerBytes[index]!.length === 0 ? -1 : headerAt], index);
    headerAt += headerBytes[index]!.length;
  });
  new Uint8Array(memory, fixed).set(Buffer.concat([bytes, ...headerBytes]));
  const isAscii = bytes.every((byte) => byte < 0x80);
  return new FastBatch({ topic: 't', partition: 0, length: count, sizeBytes: bytes.length, isAscii, hasHeaders, memory });
}

function encoded(headers: readonly (readonly [string, Buffer | null])[]): Buffer {
  const length = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  return Buffer.concat([
    length(headers.length),
    ...headers.flatMap(([name, value]) => [
      length(Buffer.byteLength(name)),
      Buffer.from(name),
      length(value?.length ?? -1),
      value ?? Buffer.alloc(0),
    ]),
  ]);
}
