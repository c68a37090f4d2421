import { types } from 'node:util';

/** What JSON would have written as something else. */
export interface Loss {
  /** Path from the root of the value: `items[2].price`; empty for the value itself. */
  readonly path: string;
  /** Fits after "it is". */
  readonly what: string;
  readonly remedy: string;
}

type Finding = Omit<Loss, 'path'>;

/** The first thing in a value that JSON cannot say, or undefined. Reads as JSON.stringify does: own members, in order, and what `toJSON` gives. */
export function lossOf(value: unknown): Loss | undefined {
  return search(value, '', '', []);
}

function search(given: unknown, key: string, path: string, within: readonly object[]): Loss | undefined {
  if (typeof given !== 'object' || given === null) return found(scalar(given), path);
  if (within.includes(given)) return found({ what: 'a part of itself', remedy: 'Send a copy without the cycle' }, path);
  const special = object(given);
  if (special !== undefined) return found(special, path);
  const value = spoken(given, key);
  if (typeof value !== 'object' || value === null) return found(scalar(value), path);
  const hidden = value === given ? undefined : held(value);
  if (hidden !== undefined) return found(hidden, path);
  const around = [...within, given, value];
  if (Array.isArray(value))
    return first(Array.from(value.keys()), (index) => inList(value[index], `${path}[${index}]`, String(index), around));
  return first(Object.keys(value), (name) => {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    const isData = member !== undefined && typeof member !== 'function';
    return isData ? search(member, name, path === '' ? name : `${path}.${name}`, around) : undefined;
  });
}

/** JSON has null for these in a list, where another member would move up. */
function inList(item: unknown, path: string, key: string, within: readonly object[]): Loss | undefined {
  const what = item === undefined ? 'undefined' : typeof item === 'function' ? 'a function' : undefined;
  return what === undefined
    ? search(item, key, path, within)
    : { path, what, remedy: 'In a list JSON has only null for it: say null, or leave it out' };
}

/** What JSON asks an object to be written as. */
function spoken(given: object, key: string): unknown {
  const { toJSON } = given as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return toJSON.call(given, key) as unknown;
  return types.isBoxedPrimitive(given) ? given.valueOf() : given;
}

function scalar(value: unknown): Finding | undefined {
  if (typeof value === 'bigint') return { what: `${value}n`, remedy: 'JSON has no bigint. Convert it to a string or a number first' };
  if (typeof value === 'symbol') return { what: String(value), remedy: 'JSON has no symbols. Send a text' };
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return { what: String(value), remedy: 'JSON has no such number. Send null or a text' };
  const text = String(value);
  if (!/^-?\d+$/.test(text) || BigInt(text) === BigInt(value)) return undefined;
  return { what: `the integer ${BigInt(value)}`, remedy: `JSON would say ${text}: beyond 2**53 - 1 numbers are not exact. Send a text` };
}

/** What JSON writes as `{}`, as null, or as what nobody reads back. */
function object(value: object): Finding | undefined {
  if (types.isDate(value))
    return Number.isNaN(value.getTime()) ? { what: 'an invalid date', remedy: 'Send null or a valid one' } : undefined;
  if (!isBytes(value) && 'toJSON' in value && typeof value.toJSON === 'function') return undefined;
  return held(value);
}

function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

/** What of an object JSON does not look at. Of what a `toJSON` has given it asks for no `toJSON` again. */
function held(value: object): Finding | undefined {
  if (types.isDate(value)) return { what: 'a date that its toJSON gave', remedy: 'JSON writes {} for it. Give its text: date.toJSON()' };
  if (isBytes(value)) return { what: 'bytes', remedy: "Send a text, such as bytes.toString('base64'), or use the codec 'raw'" };
  if (types.isPromise(value)) return { what: 'a promise', remedy: 'Await it first' };
  if (types.isMap(value)) return { what: 'a Map', remedy: 'Send Object.fromEntries(map) or [...map]' };
  if (types.isSet(value)) return { what: 'a Set', remedy: 'Send [...set]' };
  if (types.isNativeError(value)) return { what: 'an Error', remedy: 'Send what is to be read of it, such as its message' };
  return foreign(value);
}

/** Objects of the language and of its platform that keep what they hold where JSON does not look. */
function foreign(value: object): Finding | undefined {
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (Array.isArray(value) || types.isBoxedPrimitive(value) || Object.keys(value).length > 0) return undefined;
  if (kind === 'Object' || kind === 'Arguments' || kind === 'Module') return undefined;
  return { what: `of type ${kind}`, remedy: 'JSON writes {} for it. Send its data' };
}

function found(finding: Finding | undefined, path: string): Loss | undefined {
  return finding === undefined ? undefined : { path, ...finding };
}

function first<T>(items: readonly T[], find: (item: T) => Loss | undefined): Loss | undefined {
  for (const item of items) {
    const loss = find(item);
    if (loss !== undefined) return loss;
  }
  return undefined;
}
