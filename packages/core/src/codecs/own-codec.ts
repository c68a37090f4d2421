import { CodecError, DecodeError } from '../errors/index.js';
import type { Codec } from './codec.js';
import { show } from './show.js';

const checked = new WeakMap<Codec<unknown>, Codec<unknown>>();

/** A codec that needs no looking at: those of weir give what they should. */
export function sound<T>(codec: Codec<T>): Codec<T> {
  checked.set(codec as Codec<unknown>, codec as Codec<unknown>);
  return codec;
}

/**
 * A codec as it is used. The results of one that the application has made are looked at: it may do without a return, and handlers were given
 * undefined in silence. Of a codec the same one each time.
 */
export function ownCodec(codec: Codec<unknown>): Codec<unknown> {
  let made = checked.get(codec);
  if (made === undefined) {
    made = looking(codec);
    checked.set(codec, made);
    checked.set(made, made);
  }
  return made;
}

function looking(codec: Codec<unknown>): Codec<unknown> {
  if (codec.form === 'text')
    return {
      name: codec.name,
      form: 'text',
      encode: (value) => payloadOf(codec.encode(value), codec) as string,
      decode: (text) => givenBy(codec.decode(text), codec),
    };
  return {
    ...(codec.name !== undefined && { name: codec.name }),
    encode: (value) => payloadOf(codec.encode(value), codec),
    decode: (bytes) => givenBy(codec.decode(bytes), codec),
  };
}

function payloadOf(encoded: unknown, { name = 'custom' }: Codec<unknown>): string | Uint8Array {
  if (typeof encoded === 'string' || encoded instanceof Uint8Array) return encoded;
  throw new CodecError(`${name}: ${notPayload(encoded)}`);
}

function givenBy(decoded: unknown, { name = 'custom' }: Codec<unknown>): unknown {
  if (decoded !== undefined) return decoded;
  throw new DecodeError(name, [{ path: '', expected: 'a codec whose decode gives a value', received: 'undefined' }], {
    remedy: 'Have it return what it has decoded, or throw for bytes that it cannot read',
  });
}

/** What a codec has given in place of text or bytes, in words that fit behind its name. */
export function notPayload(encoded: unknown): string {
  if (!(encoded instanceof Promise)) return `it gave ${show(encoded)}, and not text or bytes`;
  encoded.catch(() => undefined);
  return 'it gave a promise. Encoding does not wait: do it before';
}
