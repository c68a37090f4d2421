import type { Batch, HeaderPair } from '../transport/index.js';

/**
 * The header of messages in a repartition topic that says from where they come, and how far time has come there:
 *
 * | bytes | what |
 * |---|---|
 * | 0 | format number, now 1 |
 * | 1–4 | partition of the origin, unsigned, big-endian |
 * | 5–12 | watermark of that partition in milliseconds since 1970, signed, big-endian; −1 before there is one |
 * | 13… | left out now; whoever reads format 1 passes over them |
 *
 * A message without it says nothing of time. Of a newer format only the number is read.
 */
export const originHeader = 'weir-origin';

const originFormat = 1;
const originBytes = 13;

/** What such a header says. */
export interface OriginTime {
  readonly partition: number;
  /** −∞ before there is one. */
  readonly watermark: number;
}

export function writeOrigin({ partition, watermark }: OriginTime): HeaderPair {
  const bytes = Buffer.alloc(originBytes);
  bytes.writeUInt8(originFormat, 0);
  bytes.writeUInt32BE(partition, 1);
  bytes.writeBigInt64BE(Number.isFinite(watermark) ? BigInt(Math.floor(watermark)) : -1n, 5);
  return [originHeader, bytes];
}

/** What a message says of the time at its origin; undefined where it says nothing, or in a newer format. */
export function readOrigin(batch: Batch, index: number): OriginTime | undefined {
  if (!batch.hasHeader(index, originHeader)) return undefined;
  const bytes = batch.headers(index).find(([name]) => name === originHeader)?.[1];
  if (bytes === undefined || bytes === null || bytes.length < originBytes || bytes[0] !== originFormat) return undefined;
  const watermark = Number(bytes.readBigInt64BE(5));
  return { partition: bytes.readUInt32BE(1), watermark: watermark === -1 ? Number.NEGATIVE_INFINITY : watermark };
}

/** The header of a marker in a changelog whose entries expire: how far the event time of its partition group has come. */
export const timeHeader = 'weir-time';

/**
 * Whether a message is a marker: it tells how far time has come, and is no event. It has one of the headers and a null value, in every format: tombstones do not
 * come into repartition topics.
 */
export function isMarker(batch: Batch, index: number): boolean {
  return (batch.hasHeader(index, originHeader) || batch.hasHeader(index, timeHeader)) && batch.value(index) === null;
}
