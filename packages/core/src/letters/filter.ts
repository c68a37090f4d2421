import { ConfigurationError } from '../errors/index.js';
import type { LetterSummary } from './letter.js';
import { positionOf } from './letter-id.js';

/** Which dead letters are meant. Everything that is given must hold. */
export interface LetterFilter {
  /** `partition-offset`, as they are listed. */
  readonly ids?: readonly string[];
  /** The agent that failed. */
  readonly agent?: string;
  /** The topic of the original. */
  readonly topic?: string;
  /** The fingerprint, or how it begins. */
  readonly fingerprint?: string;
  /** The key of the original: text as UTF-8, bytes, or any of several. */
  readonly key?: string | Uint8Array | readonly Uint8Array[];
  /** Set aside at this time or later; milliseconds since 1970, or a date. */
  readonly since?: number | Date;
  /** Set aside before this time. */
  readonly until?: number | Date;
  /** So many at most, those that were set aside first. @default all */
  readonly limit?: number;
}

/** Tells whether a dead letter is meant, the limit left aside. @throws ConfigurationError */
export function compileFilter(filter: LetterFilter): (letter: LetterSummary) => boolean {
  const { agent, topic, fingerprint, limit } = filter;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0))
    throw new ConfigurationError('limit', limit, 'a whole number from 0');
  const ids = filter.ids === undefined ? undefined : new Set(filter.ids);
  for (const id of ids ?? []) positionOf(id);
  const keys = filter.key === undefined ? undefined : keysOf(filter.key);
  const since = timeOf('since', filter.since) ?? Number.NEGATIVE_INFINITY;
  const until = timeOf('until', filter.until) ?? Number.POSITIVE_INFINITY;
  return ({ id, cause, key }) =>
    ids?.has(id) !== false &&
    (agent === undefined || cause.agent === agent) &&
    (topic === undefined || cause.topic === topic) &&
    (fingerprint === undefined || cause.fingerprint.startsWith(fingerprint)) &&
    (keys === undefined || (key !== null && keys.some((each) => key.equals(each)))) &&
    isWithin(cause.failedAt, since, until);
}

/** One that does not say when it failed is meant unless a time is asked for. */
function isWithin(failedAt: number, since: number, until: number): boolean {
  return Number.isNaN(failedAt)
    ? since === Number.NEGATIVE_INFINITY && until === Number.POSITIVE_INFINITY
    : failedAt >= since && failedAt < until;
}

function keysOf(key: NonNullable<LetterFilter['key']>): readonly Uint8Array[] {
  if (typeof key === 'string') return [Buffer.from(key)];
  return key instanceof Uint8Array ? [key] : key;
}

function timeOf(option: string, time: number | Date | undefined): number | undefined {
  const ms = time instanceof Date ? time.getTime() : time;
  if (ms !== undefined && Number.isNaN(ms)) throw new ConfigurationError(option, time, 'milliseconds since 1970, or a date');
  return ms;
}
