import type { Clock } from './clock.js';

/** What a promise gives, or `late` when it takes longer than `ms`. No timer outlives it. */
export async function within<T, L>(clock: Clock, ms: number, promise: Promise<T>, late: L): Promise<T | L> {
  let cancel = (): void => undefined;
  const limit = new Promise<L>((resolve) => {
    cancel = clock.after(ms, () => resolve(late));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}
