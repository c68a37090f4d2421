import type { Class } from '@weir/core/internal/metadata';

/** Shared by every copy of this package in the process: the app may have another one than the command. */
const key = Symbol.for('weir:loading');
const shared = globalThis as { [key]?: Class[] };

/**
 * Imports a module whose last line may be `await main(AppClass)`: while it loads, `main` starts nothing.
 * @returns the module, and the classes that it gave to `main`
 */
export async function importQuietly(
  url: string,
): Promise<{ readonly exports: Readonly<Record<string, unknown>>; readonly given: readonly Class[] }> {
  const given: Class[] = [];
  shared[key] = given;
  try {
    return { exports: (await import(url)) as Readonly<Record<string, unknown>>, given };
  } finally {
    shared[key] = undefined;
  }
}

/** Whether an app is just being loaded by a command that is running already; then the class is noted for it. */
export function isBeingLoaded(appClass: Class): boolean {
  shared[key]?.push(appClass);
  return shared[key] !== undefined;
}
