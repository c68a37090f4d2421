import type { Cancel } from '../../time/index.js';

/** Resolves when what runs has ended, or the lane stops. */
export function orStopping(stopping: AbortSignal, begin: (end: () => void) => Cancel): Promise<void> {
  if (stopping.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const cancel = begin(end);
    stopping.addEventListener('abort', end, { once: true });
  });
}

/** Begins what ends when a promise does. */
export function afterwards(pending: Promise<void>, end: () => void): Cancel {
  void pending.then(end);
  return () => {};
}
