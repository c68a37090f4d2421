import { replayHeaders } from '../streams/index.js';
import type { Batch, HeaderPair, Outgoing, Payload } from '../transport/index.js';
import { type Cause, causeOf, originalHeaders, originalTimestamp, replayAddress } from './dead-letters.js';
import { idOf } from './letter-id.js';
import type { Outcome } from './marks.js';

/** A dead letter without its value. */
export interface LetterSummary {
  /** `partition-offset` in the dead-letter topic. */
  readonly id: string;
  /** Why it was set aside, and where the original lies. */
  readonly cause: Cause;
  readonly key: Buffer | null;
  /** Of the original, in milliseconds since 1970; −1 when it had none. */
  readonly timestamp: number;
  /** What became of it; undefined while it waits. */
  readonly outcome: Outcome | undefined;
}

/** A dead letter as a whole: the original byte for byte, and why it was set aside. */
export interface Letter extends LetterSummary {
  readonly value: Buffer | null;
  /** Those of the original. */
  readonly headers: readonly HeaderPair[];
}

/** What takes the place of the original in a replay. */
export interface Replacement {
  readonly key?: Payload;
  readonly value?: Payload;
}

/** The dead letter at a place of a batch; undefined when there is something else. */
export function readLetter(batch: Batch, index: number): LetterSummary | undefined {
  const headers = batch.headers(index);
  const cause = causeOf(headers);
  if (cause === undefined) return undefined;
  return {
    id: idOf({ partition: batch.partition, offset: batch.offset(index) }),
    cause,
    key: batch.key(index),
    timestamp: originalTimestamp(headers, batch.timestamp(index)),
    outcome: undefined,
  };
}

/** Adds to a summary what was left out of it. */
export function withContent(summary: LetterSummary, batch: Batch, index: number): Letter {
  return { ...summary, value: batch.value(index), headers: originalHeaders(batch.headers(index)) };
}

/** Who writes a dead letter anew, and where to. */
export interface ReplayRoute {
  readonly appId: string;
  readonly deadLetterTopic: string;
  /** How many partitions the topic of the original has now. */
  readonly partitions: number;
}

/**
 * The message that a replay writes: the original, to its own partition so that the order of its key is kept, with the name of the agent
 * that failed on it. Where that partition is gone, the key decides.
 */
export function replayOf(letter: Letter, { appId, deadLetterTopic, partitions }: ReplayRoute, replacement: Replacement = {}): Outgoing {
  const { cause, key, value, timestamp, headers, id } = letter;
  return {
    topic: cause.topic,
    key,
    value,
    ...replacement,
    partition: cause.partition < partitions && !('key' in replacement) ? cause.partition : undefined,
    timestamp: timestamp < 0 ? undefined : timestamp,
    headers: [
      ...headers,
      [replayHeaders.for, Buffer.from(replayAddress(appId, cause.agent))],
      [replayHeaders.of, Buffer.from(`${deadLetterTopic}-${id}`)],
    ],
  };
}
