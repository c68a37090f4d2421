import type { StoreNote } from '../../stores/index.js';
import type { LogEnds } from '../../transport/index.js';

const hourMs = 60 * 60 * 1000;
/** Half of the time for which changelogs keep the tombstones of deleted keys (`delete.retention.ms`, 7 d): a store that is older may have missed some. */
const staleMs = 84 * hourMs;
/** The same of topics of others, for which nobody has said so: Kafka keeps tombstones for a day. */
const staleOfOthersMs = 12 * hourMs;

/** What is known of a changelog when a recovery begins. */
export interface Changelog {
  readonly ends: LogEnds;
  readonly topicId: string | undefined;
}

/**
 * Why what is stored of a table cannot be gone on with; undefined where it can.
 * @param isOfOthers whether the log is a topic that others write
 */
export function unusable(
  note: StoreNote,
  { ends: { low, high }, topicId }: Changelog,
  now: number,
  isOfOthers: boolean,
): string | undefined {
  const { position, seenAt } = note;
  if (note.topicId !== undefined && topicId !== undefined && note.topicId !== topicId) return 'the changelog was deleted and made anew';
  if (position > high) return `the changelog ends at ${high}, before what is stored (${position}): it was truncated`;
  if (position < low) return `the changelog begins at ${low}, after what is stored (${position})`;
  if (note.low !== undefined && low > note.low)
    return `the log begins at ${low} now, and at ${note.low} when it was read: entries have gone from it`;
  // One message may be the marker of the transaction that was stored.
  if (now - seenAt > (isOfOthers ? staleOfOthersMs : staleMs) && high - position > 1)
    return 'it is so old that the changelog may have forgotten which keys were deleted since';
  return undefined;
}
