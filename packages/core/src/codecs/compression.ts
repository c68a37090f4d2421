import { brotliCompressSync, brotliDecompressSync, constants, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { DecodeError } from '../errors/index.js';
import type { BytesCodec } from './codec.js';
import { raw } from './text.js';

/** The most that one message may unpack to: a few kilobytes of zeros can otherwise fill the memory of a worker. */
const limits = { maxOutputLength: 256 * 1024 * 1024 } as const;

/** zlib's default for brotli is meant for files that are packed once; this one keeps up with gzip. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } } as const;

function packing(name: string, pack: (bytes: Uint8Array | string) => Buffer, unpack: (bytes: Buffer) => Buffer): BytesCodec<Buffer> {
  return {
    name,
    form: 'bytes',
    encode: (value) => pack(raw.encode(value)),
    decode(bytes) {
      try {
        return unpack(bytes);
      } catch (cause) {
        const received = `${bytes.length} bytes: 0x${bytes.subarray(0, 16).toString('hex')} (${(cause as Error).message})`;
        throw new DecodeError(name, [{ path: '', expected: `${name} data`, received }], { cause });
      }
    },
  };
}

export const gzip = packing('gzip', gzipSync, (bytes) => gunzipSync(bytes, limits));
/** The zlib format (RFC 1950), which HTTP and Java call deflate. */
export const deflate = packing('deflate', deflateSync, (bytes) => inflateSync(bytes, limits));
export const brotli = packing(
  'brotli',
  (bytes) => brotliCompressSync(bytes, quick),
  (bytes) => brotliDecompressSync(bytes, limits),
);

/** Bytes as base64 text; Faust calls it `binary`. */
export const base64: BytesCodec<Buffer> = {
  name: 'base64',
  form: 'bytes',
  encode(value) {
    const bytes = raw.encode(value);
    return (
      typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    ).toString('base64');
  },
  decode(bytes) {
    const text = bytes.toString('latin1');
    if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64');
    throw new DecodeError('base64', [
      { path: '', expected: 'base64 text', received: `${bytes.length} bytes: 0x${bytes.subarray(0, 16).toString('hex')}` },
    ]);
  },
};
