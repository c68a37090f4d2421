import type { Cancel, Clock } from './clock.js';

/** Does something again and again: each time so many milliseconds after it was done last. @param work must not reject @returns ends it */
export function inRounds(clock: Pick<Clock, 'after'>, ms: number, work: () => Promise<void>): Cancel {
  let isOver = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    if (!isOver) cancel = clock.after(ms, () => void work().then(next));
  };
  next();
  return () => {
    isOver = true;
    cancel();
  };
}
