import { createHash } from 'node:crypto';
import { DecodeError, reason } from '../errors/index.js';

/**
 * A short hash of what went wrong: the error's name and class, its message without what changes from event to event, and the first places of its stack
 * without line numbers, so that it outlives small changes of the code.
 */
export function fingerprintOf(error: Error): string {
  const places = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const where = places.slice(0, 3).map((line) => line.trim().replace(/\(?file:\/\/|:\d+:\d+\)?$/g, ''));
  return createHash('sha256')
    .update([error.name, className(error), templateOf(error), ...where].join('\n'))
    .digest('hex')
    .slice(0, 12);
}

/** The message as it would be for every event: without quoted texts, JSON, addresses, and whatever has a digit in it. */
export function templateOf(error: Error): string {
  if (error instanceof DecodeError) return error.fields.map(({ path, expected }) => `${withoutDigits(path)}: ${expected}`).join('; ');
  const text = reason(error).slice(0, 500);
  return withoutDigits(text.replace(/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'/g, '…').replace(/[{[].*[}\]]/gs, '…')).slice(0, 200);
}

function withoutDigits(text: string): string {
  return text.replace(/[^\s,;:()[\].=]*\d[^\s,;()[\]=]*/g, '#');
}

/** Errors of one's own classes often leave the name at `Error`. */
function className(error: Error): string {
  try {
    return String(error.constructor.name);
  } catch {
    return '';
  }
}
