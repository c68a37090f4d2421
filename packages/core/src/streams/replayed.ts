import type { Batch, HeaderPair } from '../transport/index.js';
import { originHeader } from './origin.js';

/** The headers of a message that was written anew from a dead letter. */
export const replayHeaders = {
  /** The one agent it is for, as `app/agent`. All others pass it over. */
  for: 'weir-replay-for',
  /** The dead letter that it comes from, as `topic-partition-offset`. */
  of: 'weir-replay-of',
} as const;

/**
 * The headers of a message as its handler may see them: without the address of a replay. A handler that copied it into a message of its own
 * would have that message passed over by everybody else. And without what a repartition topic adds.
 */
export function visibleHeaders(batch: Batch, index: number): readonly HeaderPair[] {
  const headers = batch.headers(index);
  const isHidden = batch.hasHeader(index, replayHeaders.for) || batch.hasHeader(index, originHeader);
  return isHidden ? headers.filter(([name]) => name !== replayHeaders.for && name !== originHeader) : headers;
}
