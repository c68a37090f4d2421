import { isUtf8 } from 'node:buffer';
import { CodecError, DecodeError } from '../errors/index.js';
import type { Codec } from './codec.js';

/** What decoding leaves in the place of malformed bytes; a text may also carry it by right. */
const replacement = '\uFFFD';

/**
 * Whether a text may stand for malformed bytes. False is certain and costs next to nothing; after true the bytes
 * decide: `if (mayBeMalformed(text)) assertUtf8(bytes, codec.name)`. A text codec is handed text that has passed this.
 */
export function mayBeMalformed(text: string): boolean {
  return text.includes(replacement);
}

/** @throws CodecError for half a character (a lone surrogate), as is left where a text was cut: UTF-8 has none, and something else would be written */
export function assertWellFormed(text: string, target: string): void {
  if ((text as string & { isWellFormed(): boolean }).isWellFormed()) return;
  throw new CodecError(
    `${target}: cannot encode a text with half a character (a lone surrogate): UTF-8 cannot say it. Cut texts between characters, or use text.toWellFormed()`,
  );
}

/** @throws DecodeError when bytes are not UTF-8: decoded all the same, they would be damaged silently. */
export function assertUtf8(bytes: Uint8Array, target: string): void {
  if (isUtf8(bytes)) return;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString('hex');
  throw new DecodeError(target, [{ path: '', expected: 'UTF-8 text', received: `malformed bytes, starting 0x${start}` }]);
}

/** Bytes as UTF-8 text. @throws DecodeError when they are malformed */
export function textOf(bytes: Buffer, target: string): string {
  const text = bytes.toString('utf8');
  if (mayBeMalformed(text)) assertUtf8(bytes, target);
  return text;
}

/** Decodes bytes with a codec of either form. @throws DecodeError */
export function decodeBytes<T>(codec: Codec<T>, bytes: Buffer): T {
  return codec.form === 'text' ? codec.decode(textOf(bytes, codec.name)) : codec.decode(bytes);
}

/** Encodes to bytes with a codec of either form. @throws CodecError */
export function encodeBytes<T>(codec: Codec<T>, value: T): Buffer {
  const encoded = codec.encode(value);
  if (typeof encoded === 'string') return Buffer.from(encoded, 'utf8');
  return Buffer.isBuffer(encoded) ? encoded : Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}
