import { CodecError } from '../errors/index.js';
import type { BytesCodec, TextCodec } from './codec.js';
import { show } from './show.js';
import { assertWellFormed } from './utf8.js';

/** UTF-8 text, as Java's StringSerializer writes it. Malformed bytes are refused before they get here: see `mayBeMalformed`. */
export const string: TextCodec<string> = {
  name: 'string',
  form: 'text',
  encode(value) {
    if (typeof value !== 'string') throw new CodecError(`string: cannot encode ${show(value)}. Give a string`);
    assertWellFormed(value, 'string');
    return value;
  },
  decode: (text) => text,
};

/** Bytes as they are. A string is taken as UTF-8. */
export const raw: BytesCodec<Buffer> & { encode(value: Uint8Array | string): Uint8Array | string } = {
  name: 'raw',
  form: 'bytes',
  encode(value: Uint8Array | string) {
    if (value instanceof Uint8Array) return value;
    if (typeof value === 'string') {
      assertWellFormed(value, 'raw');
      return value;
    }
    throw new CodecError(`raw: cannot encode ${show(value)}. Give a Buffer, a Uint8Array or a string`);
  },
  decode: (bytes) => bytes,
};
