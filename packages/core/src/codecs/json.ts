import { CodecError, DecodeError, reason } from '../errors/index.js';
import type { TextCodec } from './codec.js';
import { jsonFault } from './json-fault.js';
import { show } from './show.js';

/**
 * JSON with a type of one's own: `topic('greetings', { value: json<Greeting>() })`. Nothing checks that a message is a
 * `T`: use a record class for that. Written compactly; members named `__faust` are dropped at every level when read.
 */
export function json<T = unknown>(): TextCodec<T> {
  return codec as TextCodec<T>;
}

const codec: TextCodec<unknown> = {
  name: 'json',
  form: 'text',
  encode: (value) => stringify(value, 'json'),
  decode: (text) => parse(text, 'json'),
};

/** A value as compact JSON. @throws CodecError for what JSON cannot say: undefined, functions, bigints, cycles */
export function stringify(value: unknown, target: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new CodecError(`${target}: cannot encode ${show(value)}: ${complaint(cause)}`, { cause });
  }
  if (text === undefined)
    throw new CodecError(`${target}: cannot encode ${show(value)}: JSON has no word for it. Send null for a tombstone`);
  return text;
}

function complaint(cause: unknown): string {
  const message = reason(cause);
  if (message.includes('BigInt')) return 'JSON has no bigint. Convert it to a string or a number first';
  if (message.includes('circular')) return 'it contains itself. Send a copy without the cycle';
  return message;
}

/** JSON as values, without the members that Faust adds. @throws DecodeError */
export function parse(text: string, target: string): unknown {
  const value = parseExactly(text, target);
  return text.includes(envelope) ? withoutFaust(value) : value;
}

/** The name of Faust's member. Searched without its quotes: a quote is in every text so often that the search takes twice as long. */
const envelope = '__faust';

/** JSON as values, with everything that is in it. @throws DecodeError */
export function parseExactly(text: string, target: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DecodeError(
      target,
      [{ path: '', expected: 'JSON', received: text === '' ? 'an empty text' : `${show(text)}: ${jsonFault(text)}` }],
      { cause },
    );
  }
}

/** Drops what Faust adds to every record, `{"__faust":{"ns":…}}`, from a parsed value and all within it. */
function withoutFaust(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (const item of value) withoutFaust(item);
    return value;
  }
  const members = value as Record<string, unknown>;
  delete members.__faust;
  for (const key of Object.keys(members)) withoutFaust(members[key]);
  return value;
}
