import { ConfigurationError } from '../errors/index.js';
import type { BytesCodec, Codec } from './codec.js';
import { base64, brotli, deflate, gzip } from './compression.js';
import { json } from './json.js';
import { boolean, double, integer, long } from './numbers.js';
import { raw, string } from './text.js';
import { decodeBytes, encodeBytes } from './utf8.js';

/**
 * The codecs that have a name, and the type that each reads and writes. `json` is `unknown` because a message may be
 * anything: a handler says what it takes, and `send` takes everything. `json<T>()` says it for a whole topic.
 */
export interface CodecTypes {
  raw: Buffer;
  string: string;
  json: unknown;
  integer: number;
  long: number;
  double: number;
  boolean: boolean;
  gzip: Buffer;
  deflate: Buffer;
  brotli: Buffer;
  base64: Buffer;
}

/** Codecs that begin a chain: they read and write values. */
const values: Readonly<Record<string, Codec<unknown>>> = { raw, string, json: json(), integer, long, double, boolean };
/** Codecs that go on with the bytes of the one before; one that begins a chain takes bytes as `raw` does. */
const wrappers: Readonly<Record<string, BytesCodec<Buffer>>> = { gzip, deflate, brotli, base64 };

const resolved = new Map<string, Codec<unknown>>();

/**
 * The codec of a name, or of a chain of names: `'json|gzip'` encodes from left to right and decodes from right to left.
 * @throws ConfigurationError for a name that is not known, and for a value codec that is not the first of its chain
 */
export function codecNamed(name: string): Codec<unknown> {
  let codec = resolved.get(name);
  if (codec === undefined) {
    const [first, ...rest] = name.split('|').map((each) => each.trim());
    codec = rest.reduce<Codec<unknown>>((inner, outer) => wrapped(inner, wrapper(outer, name), name), head(first, name));
    resolved.set(name, codec);
  }
  return codec;
}

/** The names that `codecNamed` knows. */
export function codecNames(): readonly string[] {
  return [...Object.keys(values), ...Object.keys(wrappers)];
}

function head(name: string, chain: string): Codec<unknown> {
  const codec = own(values, name) ?? own(wrappers, name);
  if (codec === undefined) throw unknownCodec(name, chain);
  return codec as Codec<unknown>;
}

function wrapper(name: string, chain: string): BytesCodec<Buffer> {
  const codec = own(wrappers, name);
  if (codec !== undefined) return codec;
  if (own(values, name) === undefined) throw unknownCodec(name, chain);
  throw new ConfigurationError('codec', chain, `'${name}' only at the start of a chain; after it ${Object.keys(wrappers).join(', ')}`);
}

function unknownCodec(name: string, chain: string): ConfigurationError {
  const known = `${codecNames().join(', ')}, or a chain such as 'json|gzip'`;
  return new ConfigurationError('codec', name === chain ? name : `${chain}' with '${name}`, `one of ${known}`);
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function wrapped(inner: Codec<unknown>, outer: BytesCodec<Buffer>, name: string): BytesCodec<unknown> {
  return {
    name,
    form: 'bytes',
    encode: (value) => outer.encode(encodeBytes(inner, value)),
    decode: (bytes) => decodeBytes(inner, outer.decode(bytes)),
  };
}
