import { isThenable } from './is-thenable.js';

/** What a generator function gives, or anything else that is asked for one result after another. */
export type Steps = AsyncIterable<unknown> | IterableIterator<unknown>;

/** Whether what a method gave is something that runs only while somebody asks it for the next result. */
export function isSteps(outcome: unknown): outcome is Steps {
  if (typeof outcome !== 'object' || outcome === null) return false;
  const { next, [Symbol.iterator]: iterator } = outcome as Partial<IterableIterator<unknown>>;
  return Symbol.asyncIterator in outcome || (typeof next === 'function' && typeof iterator === 'function');
}

/** Whether a list holds something to wait for. */
export function hasPromises(outcome: unknown): outcome is readonly unknown[] {
  return Array.isArray(outcome) && outcome.some(isThenable);
}

/** A method returned what would never run where nobody asks it for results. @throws TypeError */
export function refuseSteps(outcome: unknown, method: string, remedy: string): void {
  if (isSteps(outcome)) throw new TypeError(`${method} returned a generator, whose code has not run. ${remedy}`);
}
