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

/**
 * Whether a message is a marker: it tells the watermark of an origin's partition, and is no event. It has the header and a null value, in every format:
 * tombstones do not come into repartition topics.
 */
export function isMarker(batch: Batch, index: number): boolean {
  return batch.hasHeader(index, originHeader) && batch.value(index) === null;
}
