import type { Schema } from '@weir/core/internal/definitions';
import { ConfigurationError } from '@weir/core/internal/errors';
import type { LetterFilter } from '@weir/core/internal/letters';
import { dateOf, durationMs } from '@weir/core/internal/time';
import { topicsOf } from '@weir/core/internal/topology';
import { keyBytesOf } from '../../arguments/values.js';
import { type Connection, type ConnectionArguments, describeApp } from '../../connect.js';
import type { Shell } from '../../shell.js';

/** What says which dead letters are meant. */
export interface FilterArguments extends ConnectionArguments {
  readonly ids?: readonly string[];
  readonly agent?: string;
  readonly topic?: string;
  readonly fingerprint?: string;
  readonly key?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

/** @throws ConfigurationError */
export function filterOf(given: FilterArguments, connection: Connection, { clock }: Shell): LetterFilter {
  const { ids = [], agent, topic, fingerprint, key, since, until, limit } = given;
  return {
    ids: ids.length === 0 ? undefined : ids,
    ...{ agent, topic, fingerprint },
    key: key === undefined ? undefined : keysOf(key, connection),
    since: since === undefined ? undefined : timeOf('--since', since, clock.now()),
    until: until === undefined ? undefined : timeOf('--until', until, clock.now()),
    limit: limit === undefined ? undefined : limitOf(limit),
  };
}

/** What a key on the command line can mean: its text, bytes as they are shown (`0x…`), and what the topics of the app make of it. */
function keysOf(key: string, { discovery, options }: Connection): Buffer[] {
  const keys: Buffer[] = [Buffer.from(key)];
  if (/^0x([0-9a-f]{2})+$/i.test(key)) keys.push(Buffer.from(key.slice(2), 'hex'));
  const declared = discovery === undefined ? [] : topicsOf(describeApp(discovery, options));
  for (const schema of new Set(declared.map((each) => each.options.key ?? 'string'))) keys.push(...encoded(schema, key));
  return keys;
}

function encoded(schema: Schema, key: string): Buffer[] {
  try {
    return [keyBytesOf(schema, key)];
  } catch {
    // No key of a topic with this schema looks like that.
    return [];
  }
}

function timeOf(option: string, given: string, now: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(given)) return now - durationMs(given as `${number}s`, option);
  const ms = /^\d{9,}$/.test(given) ? Number(given) : dateOf(given);
  if (ms === undefined) throw new ConfigurationError(option, given, "a date such as '2026-01-31T12:00:00Z', or how long ago, such as '2h'");
  return ms;
}

function limitOf(given: string): number {
  if (/^\d+$/.test(given)) return Number(given);
  throw new ConfigurationError('--limit', given, 'a whole number of dead letters');
}
