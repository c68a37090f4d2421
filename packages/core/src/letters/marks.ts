import type { HeaderPair, Outgoing } from '../transport/index.js';
import { positionOf } from './letter-id.js';

/** What became of a dead letter. */
export type Outcome = 'replayed' | 'edited' | 'dropped';

/** The headers of what is written to a dead-letter topic beside the dead letters. */
export const markHeaders = {
  /** The dead letter that was dealt with, as `partition-offset`. */
  settled: 'weir-settled',
  settledAs: 'weir-settled-as',
} as const;

/** A note that a dead letter was dealt with, and how. */
export interface Mark {
  readonly id: string;
  readonly outcome: Outcome;
}

/** The mark of a dead letter. It goes to the partition of the letter, so that it is read after it. */
export function markOf(topic: string, { id, outcome }: Mark): Outgoing {
  const headers: readonly HeaderPair[] = [
    [markHeaders.settled, Buffer.from(id)],
    [markHeaders.settledAs, Buffer.from(outcome)],
  ];
  return { topic, partition: positionOf(id).partition, key: null, value: null, headers };
}

/** Reads a mark back; undefined when the headers are not those of one. */
export function readMark(headers: readonly HeaderPair[]): Mark | undefined {
  const text = new Map(headers.map(([name, value]) => [name, value?.toString() ?? '']));
  const id = text.get(markHeaders.settled);
  return id === undefined ? undefined : { id, outcome: (text.get(markHeaders.settledAs) ?? 'replayed') as Outcome };
}
