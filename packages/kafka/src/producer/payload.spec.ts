import { describe, expect, it } from '@jest/globals';
import { CodecError } from '@weir/core/internal/errors';
import { driverBytes, driverHeaders, isNone } from './payload.js';

describe('payloads for the driver', () => {
  it('tells nothing from no bytes', () => {
    expect(driverBytes(null)).toBeNull();
    for (const empty of ['', Buffer.alloc(0), new Uint8Array()]) expect(driverBytes(empty)).toHaveLength(0);
  });

  it('gives no bytes a place in memory: the driver would take them for nothing', () => {
    expect(driverBytes('')!.buffer.byteLength).toBeGreaterThan(0);
    expect(driverBytes(Buffer.alloc(0))!.buffer.byteLength).toBeGreaterThan(0);
  });

  it('encodes text here, with its NUL: the driver would end a text key there', () => {
    expect(driverBytes('a\0ž')).toEqual(Buffer.from([0x61, 0, 0xc5, 0xbe]));
  });

  it('takes a view of other bytes without copying', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const view = driverBytes(bytes.subarray(1, 3))!;
    expect(view).toEqual(Buffer.from([2, 3]));
    expect(view.buffer).toBe(bytes.buffer);
  });

  it('gives each header an object of its own', () => {
    const twice = [
      ['a', Buffer.from('1')],
      ['a', Buffer.from('2')],
    ] as const;
    expect(driverHeaders(twice)).toEqual([{ a: Buffer.from('1') }, { a: Buffer.from('2') }]);
    expect(driverHeaders([])).toBeUndefined();
  });

  it('refuses header values that are not bytes before the driver sees the message', () => {
    // The driver used to throw and send the message all the same, without the header.
    const values: unknown[] = [1, 'text', undefined];
    for (const value of values) expect(() => driverHeaders([['name', value as Buffer]])).toThrow(CodecError);
  });

  it('gives a header without a value as bytes without an address, which the client takes for none', () => {
    const [none, empty] = driverHeaders([
      ['none', null],
      ['empty', Buffer.alloc(0)],
    ])!;
    expect([isNone(none!.none!), isNone(empty!.empty!)]).toEqual([true, false]);
  });
});
