import type { Clock } from '../time/index.js';

/** Waits for something, but not longer than `ms`. */
export async function within(clock: Clock, ms: number, done: Promise<unknown>): Promise<'done' | 'late'> {
  let cancel = () => {};
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(ms, () => resolve('late'));
  });
  try {
    return await Promise.race([done.then(() => 'done' as const), late]);
  } finally {
    cancel();
  }
}
