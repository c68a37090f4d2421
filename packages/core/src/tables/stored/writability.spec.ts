import { beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { StateError } from '../../errors/index.js';
import { VirtualClock } from '../../time/index.js';
import { Writability } from './writability.js';

describe('writes to a store that refuses', () => {
  const clock = new VirtualClock('2020-01-01');
  const refusal = new StateError('the disk is full', { code: 'STORE_FAILED' });
  let tries: number;
  let isFull: boolean;
  let isOver: boolean;
  let writability: Writability;

  beforeEach(() => {
    tries = 0;
    isFull = true;
    isOver = false;
    writability = new Writability({ clock, logger: pino({ level: 'silent' }), stallMs: 60_000, isOver: () => isOver });
  });

  async function pass(ms: number): Promise<void> {
    const to = clock.now() + ms;
    await new Promise(setImmediate);
    for (let due = clock.nextDue(); due !== undefined && due <= to; due = clock.nextDue()) {
      clock.advanceTo(due);
      await new Promise(setImmediate);
    }
    clock.advanceTo(to);
  }
  const write = async () => {
    tries++;
    if (isFull) throw refusal;
  };

  it('are tried again until there is room', async () => {
    const written = writability.write(write);
    await pass(10_000);
    isFull = false;
    await pass(5_000);
    await written;
    expect(tries).toBeGreaterThan(3);
  });

  it('end with what it says when that goes on for too long', async () => {
    const written = expect(writability.write(write)).rejects.toBe(refusal);
    await pass(70_000);
    await written;
  });

  // The worker went on for stallTimeout, though there was room again.
  it('end as soon as it says that it takes none any more', async () => {
    const written = expect(writability.write(write)).rejects.toBe(refusal);
    await pass(300);
    expect(tries).toBe(2);
    isOver = true;
    await pass(1_000);
    await written;
    expect(tries).toBe(3);
  });

  it('end at once when they are given up', async () => {
    const written = expect(writability.write(write)).rejects.toBe(refusal);
    writability.giveUp();
    await written;
  });
});
