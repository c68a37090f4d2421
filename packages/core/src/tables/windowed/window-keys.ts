import { crc32 } from 'node:zlib';
import type { BytesCodec, Codec } from '../../codecs/index.js';
import type { Payload } from '../../transport/index.js';
import type { Window } from '../../windows/index.js';
import { TableFormat } from '../table-format.js';

/** Bytes after the key: start and end of the window, and what the entry is. */
const suffixBytes = 17;
/** The same of an event that came too late: before the last byte stands from where it came. */
const lateSuffixBytes = 29;
const stateOpen = '\x00';
const stateKept = '\x01';
const stateLate = '\x02';
const twoTo32 = 2 ** 32;
const twoTo31 = 2 ** 31;

/**
 * How windows stand in a changelog: the key, the start and the end of the window in big-endian order, 8 bytes each, and a byte that says whether it takes
 * events (0) or is closed and kept to be read (1). The windows of a key lie in the order of their starts. An event that came too late for a window is an entry,
 * too (2), with its offset (8 bytes) and the CRC of its topic (4 bytes) before that byte.
 */
export class WindowKeys {
  /** That of the changelog. */
  readonly format: TableFormat;
  readonly #keys: TableFormat;
  #lastWindow: Window = { start: Number.NaN, end: Number.NaN };
  #lastSuffix = '';

  constructor(table: string, keys: Codec<unknown>, values: Codec<unknown>) {
    this.#keys = new TableFormat(table, keys, values);
    this.format = new TableFormat(table, this.#codec(), values);
  }

  #codec(): BytesCodec<unknown> {
    return {
      name: 'window',
      encode: (keyed) => {
        const { key, start, end } = keyed as { readonly key: unknown; readonly start: number; readonly end: number };
        return Buffer.from(this.cellKey(this.prefixOf(key), { start, end }), 'latin1');
      },
      decode: (bytes) => {
        const cellKey = bytes.toString('latin1');
        return { key: this.keyOf(cellKey), ...this.windowOf(cellKey) };
      },
    };
  }

  /** What the cell keys of the windows of a key begin with. @throws CodecError */
  prefixOf(key: unknown): string {
    const cellKey = this.#keys.cellKey(key);
    return isAscii(cellKey) ? cellKey : this.#keys.keyBytes(cellKey).toString('latin1');
  }

  cellKey(prefix: string, window: Window): string {
    return prefix + this.#suffix(window) + stateOpen;
  }

  /** That of a window which is closed and can be read still. */
  keptKey(prefix: string, window: Window): string {
    return prefix + this.#suffix(window) + stateKept;
  }

  /** That of an event which came too late for a window. */
  lateKey(prefix: string, window: Window, { topic, offset }: { readonly topic: string; readonly offset: number }): string {
    const bytes = Buffer.alloc(lateSuffixBytes - suffixBytes);
    writeTime(bytes, offset, 0);
    bytes.writeUInt32BE(crc32(topic), 8);
    return prefix + this.#suffix(window) + bytes.toString('latin1') + stateLate;
  }

  /** Many in a row are of the same window. */
  #suffix(window: Window): string {
    const { start, end } = this.#lastWindow;
    if (window.start === start && window.end === end) return this.#lastSuffix;
    const bytes = Buffer.alloc(suffixBytes - 1);
    writeTime(bytes, window.start, 0);
    writeTime(bytes, window.end, 8);
    this.#lastWindow = window;
    this.#lastSuffix = bytes.toString('latin1');
    return this.#lastSuffix;
  }

  prefixIn(cellKey: string): string {
    return cellKey.slice(0, -this.#suffixBytesOf(cellKey));
  }

  #suffixBytesOf(cellKey: string): number {
    return this.isLate(cellKey) ? lateSuffixBytes : suffixBytes;
  }

  windowOf(cellKey: string): Window {
    const bytes = Buffer.from(cellKey.slice(-this.#suffixBytesOf(cellKey)), 'latin1');
    return { start: readTime(bytes, 0), end: readTime(bytes, 8) };
  }

  isKept(cellKey: string): boolean {
    return cellKey.endsWith(stateKept);
  }

  isLate(cellKey: string): boolean {
    return cellKey.endsWith(stateLate);
  }

  keyOf(cellKey: string): unknown {
    return this.#keys.key(this.#keys.cellKeyOf(Buffer.from(this.prefixIn(cellKey), 'latin1')));
  }

  /** The key as topics have it. */
  keyPayload(cellKey: string): Payload {
    return Buffer.from(this.prefixIn(cellKey), 'latin1');
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** In the order of bytes as of numbers, also below 0. */
function writeTime(bytes: Buffer, time: number, at: number): void {
  const high = Math.floor(time / twoTo32);
  bytes.writeUInt32BE(high + twoTo31, at);
  bytes.writeUInt32BE(time - high * twoTo32, at + 4);
}

function readTime(bytes: Buffer, at: number): number {
  return (bytes.readUInt32BE(at) - twoTo31) * twoTo32 + bytes.readUInt32BE(at + 4);
}
