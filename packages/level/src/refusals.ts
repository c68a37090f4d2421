import { reason } from '@weir/core/internal/errors';

/**
 * What the system refuses, and what helps. It says nothing of what is stored. LevelDB gives no number of the system, only its text
 * (strerror), that of glibc, musl or macOS; what Node refuses has that of libuv.
 */
const refusals: readonly (readonly [says: RegExp, remedy: string])[] = [
  [/no space left|quota exceeded/i, 'Make room on the disk'],
  [
    /permission denied|operation not permitted|read-only file system|access is denied/i,
    'See to the rights on the folder and on all that is in it',
  ],
  [/too many open files|no file descriptors available|file table overflow/i, 'Let processes open more files (ulimit -n)'],
  [/cannot allocate memory|out of memory|not enough memory/i, 'Give the process more memory'],
];

/** What LevelDB has failed with: an `open` that fails has it as its cause. */
export function causeOf(error: unknown): unknown {
  return (error as { readonly cause?: unknown }).cause ?? error;
}

export function isLocked(error: unknown): boolean {
  return codeOf(error) === 'LEVEL_LOCKED';
}

/** What helps where the system has refused something, or another process has the database. Undefined where it is damaged. */
export function remedyOf(error: unknown): string | undefined {
  if (isLocked(error)) return 'Another process has it open: end that';
  if (codeOf(error) === 'LEVEL_CORRUPTION') return undefined;
  const said = reason(causeOf(error));
  return refusals.find(([says]) => says.test(said))?.[1];
}

export function isRefused(error: unknown): boolean {
  return remedyOf(error) !== undefined;
}

function codeOf(error: unknown): unknown {
  return (causeOf(error) as { readonly code?: unknown }).code;
}
