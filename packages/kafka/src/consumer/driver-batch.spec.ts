import { describe, expect, it } from '@jest/globals';
import type { DriverMessage } from '../driver/driver-types.js';
import { group } from './driver-batch.js';

describe('batches of the driver', () => {
  it('gives one batch for each partition, in order', () => {
    const batches = group([
      message('a', 0, 1),
      message('a', 0, 2),
      message('b', 0, 7),
      message('a', 1, 4),
      message('a', 0, 3),
      message('b', 0, 8),
    ]);
    expect(batches.map(({ topic, partition }) => `${topic}${partition}`)).toEqual(['a0', 'b0', 'a1']);
    expect(batches.map((batch) => Array.from({ length: batch.length }, (_, index) => batch.offset(index)))).toEqual([
      [1, 2, 3],
      [7, 8],
      [4],
    ]);
  });

  it('has nothing for nothing', () => {
    expect(group([])).toEqual([]);
  });

  it('reads by column', () => {
    const headers = [{ one: Buffer.from('1') }, { one: Buffer.from('2') }];
    const [batch] = group([{ ...message('a', 3, 9), key: Buffer.from('k'), value: Buffer.from('vv'), size: 2, timestamp: 5, headers }]);
    expect(batch).toMatchObject({ topic: 'a', partition: 3, length: 1, sizeBytes: 3 });
    expect([batch!.offset(0), batch!.timestamp(0), batch!.keyText(0), batch!.valueText(0)]).toEqual([9, 5, 'k', 'vv']);
    expect([batch!.key(0), batch!.value(0)]).toEqual([Buffer.from('k'), Buffer.from('vv')]);
    expect(batch!.headers(0)).toEqual([
      ['one', Buffer.from('1')],
      ['one', Buffer.from('2')],
    ]);
  });

  it('has null for no key and for a tombstone', () => {
    const [batch] = group([message('a', 0, 0)]);
    expect([batch!.key(0), batch!.value(0), batch!.keyText(0), batch!.valueText(0)]).toEqual([null, null, null, null]);
    expect(batch!.headers(0)).toEqual([]);
  });

  it('has nothing beyond its end', () => {
    expect(() => group([message('a', 0, 0)])[0]!.offset(1)).toThrow(RangeError);
  });
});

function message(topic: string, partition: number, offset: number): DriverMessage {
  return { topic, partition, offset, timestamp: 0, key: null, value: null, size: 0 };
}
