import { crc32 } from 'node:zlib';
import { type BytesCodec, type Codec, codecNamed } from '../../codecs/index.js';
import type { Position } from '../../positions/index.js';
import type { Payload } from '../../transport/index.js';
import { TableFormat } from '../table-format.js';

export type Side = 'left' | 'right';

/** Bytes after the key: the event time as a double, the CRC of the topic, the offset, the side. */
const suffixBytes = 21;
/** Bytes before the value: whether it has had a counterpart. */
const flagBytes = 1;

/** What is kept of an event until its time is over. */
export interface Waiting {
  readonly isMatched: boolean;
  /** As it stands in its topic. */
  readonly value: Buffer;
}

/**
 * How events that wait for counterparts stand in a changelog: under the key, the event time (8 bytes, a double), the CRC of the topic (4), the offset (8) and the side (1), all big-endian; the
 * value is that of the message, behind a byte that says whether it has had a counterpart.
 */
export class JoinKeys {
  readonly format: TableFormat;
  readonly #keys: TableFormat;

  constructor(join: string, keys: Codec<unknown>) {
    const raw = codecNamed('raw');
    this.#keys = new TableFormat(join, keys, raw);
    const codec: BytesCodec<unknown> = {
      name: 'join',
      encode: (cellKey) => Buffer.from(String(cellKey), 'latin1'),
      decode: (bytes) => this.keyOf(bytes.toString('latin1')),
    };
    this.format = new TableFormat(join, codec, raw);
  }

  /** What the cell keys of a key begin with. @throws CodecError */
  prefixOf(key: unknown): string {
    return this.#keys.keyBytes(this.#keys.cellKey(key)).toString('latin1');
  }

  cellKey(prefix: string, side: Side, time: number, { topic, offset }: Position): string {
    const bytes = Buffer.alloc(suffixBytes);
    bytes.writeDoubleBE(time, 0);
    bytes.writeUInt32BE(crc32(topic), 8);
    bytes.writeBigInt64BE(BigInt(offset), 12);
    bytes.writeUInt8(side === 'left' ? 0 : 1, 20);
    return prefix + bytes.toString('latin1');
  }

  prefixIn(cellKey: string): string {
    return cellKey.slice(0, -suffixBytes);
  }

  timeOf(cellKey: string): number {
    return Buffer.from(cellKey.slice(-suffixBytes), 'latin1').readDoubleBE(0);
  }

  sideOf(cellKey: string): Side {
    return cellKey.endsWith('\x00') ? 'left' : 'right';
  }

  keyOf(cellKey: string): unknown {
    return this.#keys.key(this.#keys.cellKeyOf(this.keyBytes(cellKey)));
  }

  /** The key as topics have it. */
  keyBytes(cellKey: string): Buffer {
    return Buffer.from(this.prefixIn(cellKey), 'latin1');
  }

  keyPayload(cellKey: string): Payload {
    return this.keyBytes(cellKey);
  }
}

export function writeWaiting({ isMatched, value }: Waiting): Buffer {
  return Buffer.concat([Buffer.alloc(flagBytes, isMatched ? 1 : 0), value]);
}

export function readWaiting(bytes: Buffer): Waiting {
  return { isMatched: bytes[0] === 1, value: bytes.subarray(flagBytes) };
}
