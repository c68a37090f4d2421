import type { Clock } from '../time/index.js';
import type { Transport } from '../transport/index.js';
import { Catalogue, narrowed, spanning } from './catalogue.js';
import { deadLetterTopic } from './dead-letters.js';
import type { LetterFilter } from './filter.js';
import { type Letter, type LetterSummary, withContent } from './letter.js';
import { LetterError } from './letter-error.js';
import { idOf } from './letter-id.js';
import { LetterLog, type Range } from './letter-log.js';
import { LetterWriter } from './letter-writer.js';

/** Where the dead letters of an app are. */
export interface SessionOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly appId: string;
}

/** The dead letters that a piece of work is about. */
export interface Session {
  /** Those that wait, in the order in which they were set aside. */
  readonly letters: readonly LetterSummary[];
  /** Those that were asked for by their ids and have been dealt with before. */
  readonly settled: readonly LetterSummary[];
  readonly writer: LetterWriter;
  /** The letters that wait as a whole, those of a partition in its order; none is kept. */
  read(signal?: AbortSignal): AsyncGenerator<Letter>;
}

/** Looks at the log of an app's dead letters. Undefined when there is none. */
export async function looking<T>({ transport, clock, appId }: SessionOptions, use: (log: LetterLog) => Promise<T>): Promise<T | undefined> {
  const log = await LetterLog.open(transport, deadLetterTopic(appId), clock);
  if (log === undefined) return undefined;
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/**
 * Works on the dead letters that wait. In this order: whoever worked on them before is fenced off; then it is asked how far the log goes; then the log is read
 * up to there, beyond transactions that have to be decided first. So every mark of theirs is known, and none comes after.
 * @throws LetterError naming the ids that are not there
 */
export async function working<T>(
  options: SessionOptions,
  filter: LetterFilter,
  use: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  const catalogue = new Catalogue(filter, { all: filter.ids !== undefined });
  const result = await looking(options, async (log) => {
    const writer = await LetterWriter.open(options.transport, options.appId);
    try {
      const ranges = narrowed(await log.ranges('high'), filter.ids);
      const found = (await catalogue.fill(log.read(ranges))).letters();
      mustHave(filter.ids, found, log.topic);
      const letters = found.filter(({ outcome }) => outcome === undefined);
      const settled = found.filter(({ outcome }) => outcome !== undefined);
      return { done: await use({ letters, settled, writer, read: (signal) => whole(log, ranges, letters, signal) }) };
    } finally {
      await writer.close();
    }
  });
  if (result === undefined) mustHave(filter.ids, [], deadLetterTopic(options.appId));
  return result?.done;
}

/** Reads letters of a list once more, now with their values. */
export async function* whole(
  log: LetterLog,
  ranges: readonly Range[],
  letters: readonly LetterSummary[],
  signal?: AbortSignal,
): AsyncGenerator<Letter> {
  const wanted = new Map(letters.map((letter) => [letter.id, letter]));
  for await (const { batch, index } of log.read(spanning(ranges, letters), signal)) {
    const summary = wanted.get(idOf({ partition: batch.partition, offset: batch.offset(index) }));
    if (summary !== undefined) yield withContent(summary, batch, index);
  }
}

/** @throws LetterError naming the ids that are not among the letters */
export function mustHave(ids: readonly string[] | undefined, letters: readonly LetterSummary[], topic: string): void {
  const there = new Set(letters.map(({ id }) => id));
  const missing = (ids ?? []).filter((id) => !there.has(id));
  if (missing.length === 0) return;
  throw new LetterError(
    `${topic} has no dead letter ${missing.join(', ')}, or it is not among those that were asked for. \`weir dlq list --ungrouped --all\` lists them all`,
    missing,
  );
}
