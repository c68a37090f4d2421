import { inspect } from 'node:util';

// Anything can be thrown: what is done with it here must not throw itself, whatever its getters, traps and `toString` do.

/** The message of whatever was thrown. */
export function reason(thrown: unknown): string {
  return attempt(() => (thrown instanceof Error ? messageOf(thrown) : show(thrown))) ?? UNREADABLE;
}

/** Whatever was thrown as an `Error`, so that it can be a cause with a stack. Its name, message and stack are text. */
export function asError(thrown: unknown): Error {
  return attempt(() => isSound(thrown)) === true ? (thrown as Error) : copyOf(thrown);
}

/** Whatever was caught, unless it cannot even be asked what it is. */
export function caught(thrown: unknown): unknown {
  return attempt(() => typeof (thrown instanceof Error)) === undefined ? copyOf(thrown) : thrown;
}

/** The same as an error that a logger can write: pino marks what it has seen, and reads everything. */
export function loggable(thrown: unknown): Error {
  return attempt(() => isSound(thrown) && isReadable(thrown, new Set())) === true ? (thrown as Error) : copyOf(thrown);
}

const UNREADABLE = 'a value that cannot be shown';

function messageOf(error: Error): string {
  const { message } = error;
  if (typeof message !== 'string') return show(message);
  return message === '' ? String(error.name) : message;
}

function show(value: unknown): string {
  const isPlain =
    typeof value === 'object' && value !== null && (value.toString === undefined || value.toString === Object.prototype.toString);
  return isPlain ? inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 }) : String(value);
}

function isSound(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error)) return false;
  const { name, message, stack } = thrown;
  return typeof name === 'string' && typeof message === 'string' && (stack === undefined || typeof stack === 'string');
}

/** Whether everything that is an error in it can be read, and marked. */
function isReadable(error: object, seen: Set<object>): boolean {
  if (seen.has(error)) return true;
  seen.add(error);
  if (!Object.isExtensible(error)) return false;
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  const inside: unknown[] = [cause, ...(Array.isArray(errors) ? errors : [])];
  for (const key in error) inside.push((error as Record<string, unknown>)[key]);
  return inside.every((value) => !isErrorLike(value) || isReadable(value, seen));
}

function isErrorLike(value: unknown): value is object {
  return typeof value === 'object' && value !== null && typeof (value as Error).message === 'string';
}

/** What is no error has no stack: where it was copied says nothing. */
function copyOf(thrown: unknown): Error {
  const copy = new Error(reason(thrown));
  copy.stack = `${copy.name}: ${copy.message}`;
  for (const part of ['name', 'stack'] as const) {
    const text = attempt(() => (thrown instanceof Error ? thrown[part] : undefined));
    if (typeof text === 'string') copy[part] = text;
  }
  return copy;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
