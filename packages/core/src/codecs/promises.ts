import { types } from 'node:util';

/**
 * Looks at every promise within a value that is refused: nobody else does, and one that fails would end the process. What cannot be read is passed over.
 */
export function disregard(value: unknown, seen: Set<object> = new Set()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (types.isPromise(value)) return void value.catch(() => undefined);
  try {
    for (const part of Object.values(value)) disregard(part, seen);
  } catch {
    // A getter of the application throws.
  }
}
