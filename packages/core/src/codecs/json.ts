import { CodecError, DecodeError, reason } from '../errors/index.js';
import type { TextCodec } from './codec.js';
import { jsonFault } from './json-fault.js';
import { longIntegers, mayHaveLongInteger } from './long-integers.js';
import { type Loss, lossOf } from './loss.js';
import { Losslessness } from './lossless.js';
import { sound } from './own-codec.js';
import { disregard } from './promises.js';
import { show } from './show.js';

/**
 * JSON with a type of one's own: `topic('greetings', { value: json<Greeting>() })`. Nothing checks that a message is a
 * `T`: use a record class for that. Written compactly; members named `__faust` are dropped at every level when read.
 */
export function json<T = unknown>(): TextCodec<T> {
  return codec as TextCodec<T>;
}

const codec = sound<unknown>({
  name: 'json',
  form: 'text',
  encode: (value) => stringify(value, 'json'),
  decode(text) {
    const value = parse(text, 'json');
    assertExact(text, 'json');
    return value;
  },
}) as TextCodec<unknown>;

const losslessness = new Losslessness();

/** A value as compact JSON. @throws CodecError for what JSON cannot say, or would say as something else, with its path */
export function stringify(value: unknown, target: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    disregard(value);
    const loss = lossFound(value);
    throw new CodecError(loss === undefined ? `${target}: cannot encode ${show(value)}: ${reason(cause)}` : sentence(target, loss), {
      cause,
    });
  }
  if (text === undefined)
    throw new CodecError(`${target}: cannot encode ${show(value)}: JSON has no word for it. Send null for a tombstone`);
  const loss = losslessness.of(value) ? undefined : lossOf(value);
  if (loss === undefined) return text;
  disregard(value);
  throw new CodecError(sentence(target, loss));
}

/** What JSON.stringify throws on may be a getter or a `toJSON` of the application, which throws again. */
function lossFound(value: unknown): Loss | undefined {
  try {
    return lossOf(value);
  } catch {
    return undefined;
  }
}

function sentence(target: string, { path, what, remedy }: Loss): string {
  return `${target}: cannot encode ${path === '' ? what : `${path}: it is ${what}`}. ${remedy}`;
}

/** What an integer of a message should have been. */
export const exactInteger =
  'an integer that a number holds exactly (within ±(2**53 - 1); larger ones are written as text, for a string or bigint)';

/** @throws DecodeError for integers that JSON.parse has rounded */
export function assertExact(text: string, target: string): void {
  if (!mayHaveLongInteger(text)) return;
  const faults = longIntegers(text).map(({ path, text: received }) => ({ path, expected: exactInteger, received }));
  if (faults.length > 0) throw new DecodeError(target, faults);
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
