import { describe, expect, it } from '@jest/globals';
import { outbound } from '../producer/outbound.js';
import { FakeAddon } from './addon.fixture.js';
import { Outbox } from './outbox.js';

describe('the outbox', () => {
  it('gives in one call what was written', () => {
    const { outbox, addon } = make();
    outbox.append('a', -1, 'key', 'Eliška', 0, 0);
    outbox.append('b', 3, null, Buffer.from('bytes'), 17, 0);
    expect(addon.calls).toBe(0);
    expect(outbox.handOver()).toBe(true);
    expect(addon.calls).toBe(1);
    expect(addon.written).toMatchObject([
      { topic: 'a', partition: -1, key: 'key', value: 'Eliška', timestamp: 0, id: 0 },
      { topic: 'b', partition: 3, key: null, value: 'bytes', timestamp: 17, id: 0 },
    ]);
  });

  it('tells nothing from no bytes, and keeps a NUL and malformed text as Node writes them', () => {
    const { outbox, addon } = make();
    outbox.append('a', -1, '', null, 0, 0);
    outbox.append('a', -1, null, new Uint8Array(), 0, 0);
    outbox.append('a', -1, 'a\0b', '\ud800x', 0, 0);
    outbox.handOver();
    expect(addon.written.map(({ key, value }) => [key, value])).toEqual([
      ['', null],
      [null, ''],
      ['a\0b', '\ufffdx'],
    ]);
  });

  it('writes short and long text alike, wherever it is not ASCII', () => {
    const { outbox, addon } = make();
    const texts = [0, 1, 23, 24, 25, 200].flatMap((length) => ['x'.repeat(length), `${'x'.repeat(length)}ž`, `ž${'x'.repeat(length)}`]);
    for (const text of texts) outbox.append('a', 0, text, text, 0, 0);
    outbox.handOver();
    expect(addon.written.map(({ key, value }) => [key, value])).toEqual(texts.map((text) => [text, text]));
  });

  it('keeps what the addon has no room for, in order, and gives it later', () => {
    const { outbox, addon } = make();
    for (const value of ['1', '2', '3']) outbox.append('a', 0, null, value, 0, 0);
    addon.room = 1;
    expect(outbox.handOver()).toBe(false);
    outbox.append('a', 0, null, '4', 0, 0);
    addon.room = 10;
    expect(outbox.handOver()).toBe(true);
    expect(addon.written.map(({ value }) => value)).toEqual(['1', '2', '3', '4']);
  });

  it('has no more room after many messages or many bytes', () => {
    const { outbox } = make();
    let count = 0;
    while (outbox.append('a', 0, null, 'x', 0, 0)) count += 1;
    expect(count).toBeGreaterThan(1_000);
    outbox.handOver();
    expect(outbox.append('a', 0, null, 'x'.repeat(150_000), 0, 0)).toBe(true);
    expect(outbox.append('a', 0, null, 'x'.repeat(150_000), 0, 0)).toBe(false);
  });

  it('takes a message that is larger than its buffer alone', () => {
    const { outbox, addon } = make();
    const large = outbound({ topic: 'a', key: 'k', value: 'x'.repeat(3_000_000), headers: [['name', Buffer.from('value')]] });
    outbox.append('a', 0, null, 'small', 0, 0);
    expect(outbox.add(large, 7)).toBe(false);
    outbox.handOver();
    expect(outbox.add(large, 7)).toBe(true);
    outbox.handOver();
    expect(addon.written.at(-1)).toMatchObject({ key: 'k', id: 7, headerBytes: 17 });
    expect(addon.written.at(-1)!.value).toHaveLength(3_000_000);
    expect(outbox.append('a', 0, null, 'after', 0, 0)).toBe(true);
  });

  it('forgets what was not given, and names those that somebody waits for', () => {
    const { outbox, addon } = make();
    outbox.append('a', 0, null, '1', 0, 0);
    outbox.add(outbound({ topic: 'a', key: null, value: '2', partition: 0 }), 5);
    expect(outbox.clear()).toEqual([5]);
    outbox.handOver();
    expect(addon.written).toEqual([]);
  });

  it('takes back what the addon has and librdkafka has not', () => {
    const { outbox, addon } = make();
    addon.isQueueFull = true;
    outbox.add(outbound({ topic: 'a', key: null, value: '1', partition: 0 }), 5);
    outbox.handOver();
    outbox.add(outbound({ topic: 'a', key: null, value: '2', partition: 0 }), 6);
    expect(outbox.clear()).toEqual([5, 6]);
    addon.makeRoom();
    expect(addon.written).toEqual([]);
  });
});

function make() {
  const addon = new FakeAddon();
  return { addon, outbox: new Outbox({ addon, number: 0 }) };
}
