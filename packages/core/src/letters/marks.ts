import type { TopicPartition } from '../positions/index.js';
import type { HeaderPair, Outgoing } from '../transport/index.js';
import { placeOf } from './place.js';

/** What became of a dead letter. */
export type Outcome = 'replayed' | 'edited' | 'dropped';

/** The headers of what is written to a dead-letter topic beside the dead letters. */
export const markHeaders = {
  /** The dead letter that was dealt with, as `partition-offset`. */
  settled: 'weir-settled',
  settledAs: 'weir-settled-as',
  /** Marks a place in the log, for whoever has to be sure to have read up to it. */
  bookmark: 'weir-bookmark',
  /** Says that a mark or a bookmark was written in a transaction. */
  inTransaction: 'weir-in-transaction',
} as const;

/** A note that a dead letter was dealt with, and how. */
export interface Mark {
  readonly id: string;
  readonly outcome: Outcome;
}

/** The mark of a dead letter. It goes to the partition of the letter, so that it is read after it. */
export function markOf(topic: string, { id, outcome }: Mark): Outgoing {
  return note({ topic, partition: placeOf(id).partition }, [
    [markHeaders.settled, id],
    [markHeaders.settledAs, outcome],
  ]);
}

export function bookmarkOf(at: TopicPartition): Outgoing {
  return note(at, [[markHeaders.bookmark, 'read to here']]);
}

/** The same mark or bookmark, as it is written in a transaction. */
export function inTransaction(note: Outgoing): Outgoing {
  return { ...note, headers: [...(note.headers ?? []), [markHeaders.inTransaction, Buffer.from('yes')]] };
}

/** Reads a mark back; undefined when the headers are not those of one. */
export function readMark(headers: readonly HeaderPair[]): Mark | undefined {
  const text = new Map(headers.map(([name, value]) => [name, value?.toString() ?? '']));
  const id = text.get(markHeaders.settled);
  return id === undefined ? undefined : { id, outcome: (text.get(markHeaders.settledAs) ?? 'replayed') as Outcome };
}

function note({ topic, partition }: TopicPartition, headers: readonly (readonly [string, string])[]): Outgoing {
  return { topic, partition, key: null, value: null, headers: headers.map(([name, value]): HeaderPair => [name, Buffer.from(value)]) };
}
