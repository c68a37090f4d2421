import { describe, expect, it } from '@jest/globals';
import { Sending } from './sending.js';

describe('Sending', () => {
  it('is not observed until somebody looks', async () => {
    const { sending, resolve } = Sending.open();
    expect(sending.isObserved).toBe(false);
    resolve({ topic: 'orders', partition: 0, offset: 1 });
    await Promise.resolve();
    expect(sending.isObserved).toBe(false);
  });

  it('gives the position to who awaits it, and counts as observed', async () => {
    const { sending, resolve } = Sending.open();
    resolve({ topic: 'orders', partition: 0, offset: 1 });
    expect(await sending).toEqual({ topic: 'orders', partition: 0, offset: 1 });
    expect(sending.isObserved).toBe(true);
  });

  it.each([
    ['then', (sending: Sending) => sending.then(undefined, () => undefined)],
    ['catch', (sending: Sending) => sending.catch(() => undefined)],
    ['finally', (sending: Sending) => sending.finally(() => undefined).catch(() => undefined)],
    ['Promise.all', (sending: Sending) => Promise.all([sending]).catch(() => undefined)],
    ['await', (sending: Sending) => (async () => await sending)().catch(() => undefined)],
  ])('is observed by %s', async (_, look) => {
    const { sending, reject } = Sending.open();
    reject(new Error('refused'));
    await look(sending);
    expect(sending.isObserved).toBe(true);
  });

  it('reports no unhandled rejection when nobody looks', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    Sending.open().reject(new Error('refused'));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('derives plain promises', () => {
    const { sending } = Sending.open();
    expect(sending.then(() => undefined)).not.toBeInstanceOf(Sending);
  });
});
