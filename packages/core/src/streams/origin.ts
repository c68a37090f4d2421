import type { Batch } from '../transport/index.js';

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

/** The header of a marker in a changelog whose entries expire: how far the event time of its partition group has come. */
export const timeHeader = 'weir-time';

/**
 * Whether a message is a marker: it tells how far time has come, and is no event. It has one of the headers and a null value, in every format: tombstones do not
 * come into repartition topics.
 */
export function isMarker(batch: Batch, index: number): boolean {
  return (batch.hasHeader(index, originHeader) || batch.hasHeader(index, timeHeader)) && batch.value(index) === null;
}
