import { describe, expect, test } from '@jest/globals';
import { OwnCode } from './own-code.js';

const turn = () => new Promise(setImmediate);

describe('the code of a function', () => {
  let isRunning = false;
  const seen: string[] = [];
  const look = (where: string) => seen.push(`${where}: ${isRunning}`);

  /** Waits for promises, timers and work of other threads, and leaves some of it behind. */
  async function work(): Promise<void> {
    look('before it waits');
    await Promise.resolve();
    look('after a promise');
    await new Promise((resolve) => setTimeout(resolve, 1));
    look('after a timer');
    await new Promise((resolve) => setImmediate(() => resolve(look('in a callback'))));
    setTimeout(() => look('in a timer that nobody waits for'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  test('is known as long as it runs, whatever it has waited for, and no other is taken for it', async () => {
    const code = new OwnCode((running) => {
      isRunning = running;
    });
    const pending = code.run(work);
    look('beside it');
    await turn();
    look('another turn');
    const other = setInterval(() => look('another timer'), 1);
    await pending;
    clearInterval(other);
    look('after it');
    await turn();
    look('later');
    expect(seen.filter((line) => line.endsWith('true'))).toEqual([
      'before it waits: true',
      'after a promise: true',
      'after a timer: true',
      'in a callback: true',
      'in a timer that nobody waits for: true',
    ]);
    expect(new Set(seen.filter((line) => line.endsWith('false')))).toEqual(
      new Set(['beside it: false', 'another turn: false', 'another timer: false', 'after it: false', 'later: false']),
    );
  });

  test('runs no more when it has thrown', async () => {
    const told: boolean[] = [];
    const thrown = new OwnCode((running) => told.push(running)).run(() => {
      throw new Error('at once');
    });
    await expect(thrown).rejects.toThrow('at once');
    expect(told).toEqual([true, false]);
  });
});
