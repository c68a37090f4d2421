import { describe, expect, it } from '@jest/globals';
import { TransactionBuffer } from './transaction-buffer.js';

const waiting = (pass = () => {}) => ({ attempt: undefined, pass, refuse: undefined });

describe('the buffer of what waits for the next transaction', () => {
  it('gives out in order what waits, once', () => {
    const buffer = new TransactionBuffer();
    const passed: string[] = [];
    for (const name of ['a', 'b'])
      buffer.add(
        waiting(() => passed.push(name)),
        1,
      );
    for (const { pass } of buffer.take()) pass();
    expect([passed, buffer.take()]).toEqual([['a', 'b'], []]);
  });

  it.each([
    ['10,000 messages', 10_000, 1],
    ['16 MiB', 16, 1024 * 1024],
  ])('is crowded with %s, and no longer when they are taken', (_, count, bytes) => {
    const buffer = new TransactionBuffer();
    for (let added = 0; added < count - 1; added++) buffer.add(waiting(), bytes);
    expect(buffer.isCrowded).toBe(false);
    buffer.add(waiting(), bytes);
    expect(buffer.isCrowded).toBe(true);
    buffer.take();
    buffer.add(waiting(), bytes);
    expect(buffer.isCrowded).toBe(false);
  });

  it('takes what is added while it is emptied for the transaction after', () => {
    const buffer = new TransactionBuffer();
    buffer.add(
      waiting(() => buffer.add(waiting(), 1)),
      1,
    );
    for (const { pass } of buffer.take()) pass();
    expect(buffer.take()).toHaveLength(1);
  });
});
