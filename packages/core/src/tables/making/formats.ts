import {
  codecOf,
  isDerived,
  isJoin,
  isRetries,
  isSchedule,
  isSetTable,
  isTable,
  isWindowedTable,
  type JoinDefinition,
  keyCodecOf,
  type LoggedDefinition,
  originOf,
  type ScheduleDefinition,
  type SetTableDefinition,
  type ShardedDefinition,
  type TableDefinition,
  valueSchema,
  type WindowedTableDefinition,
} from '../../definitions/index.js';
import { durationMs } from '../../time/index.js';
import type { Topics } from '../../topics/index.js';
import { JoinFormat } from '../joins/join-format.js';
import { SetKeys } from '../kinds/set-keys.js';
import { retriesFormat } from '../retries/parked-format.js';
import { scheduleFormat } from '../schedules/schedule-format.js';
import { TableFormat } from '../table-format.js';
import { copyOf } from '../values.js';
import { WindowKeys } from '../windowed/window-keys.js';

/** How keys and values of a table stand in the topic that it is read from. Entries expire where they are written. */
export function formatOf(definition: LoggedDefinition, topics: Topics): TableFormat {
  const { name } = definition;
  const origin = originOf(definition);
  if (isSetTable(origin)) return setKeysOf(origin).format;
  if (isWindowedTable(origin)) return windowKeysOf(origin).format;
  if (isSchedule(origin)) return scheduleFormatOf(origin);
  if (isJoin(origin)) return joinFormatOf(origin).format;
  if (isRetries(origin)) return retriesFormat(origin.name);
  if (isTable(origin)) return writtenFormat(origin, { isCopy: !isTable(definition) });
  const { keyCodec, valueCodec } = topics.of(origin);
  return new TableFormat(name, keyCodec, valueCodec);
}

/** @param isCopy whether it is that of a copy: there nothing expires by itself, it is deleted as the table says */
export function writtenFormat(
  { name, options, agesBy }: TableDefinition,
  { isCopy = false, tellsPrevious = false }: { readonly isCopy?: boolean; readonly tellsPrevious?: boolean },
): TableFormat {
  const { key, ttl } = options;
  const ttlMs = ttl === undefined || isCopy ? undefined : durationMs(ttl, 'ttl');
  return new TableFormat(name, keyCodecOf(key), codecOf(valueSchema(options)), { ttlMs, agesBy, tellsPrevious });
}

/** How what waits for a join stands in its changelog. */
export function joinFormatOf({ name, options }: JoinDefinition): JoinFormat {
  return new JoinFormat(name, keyCodecOf(options.key));
}

/** How timers stand in their changelog. */
export function scheduleFormatOf({ name, options }: ScheduleDefinition): TableFormat {
  return scheduleFormat(name, keyCodecOf(options.key), codecOf(options.value));
}

/** How what is derived from a table stands in the place of a topic. */
export function derivedNames(definition: ShardedDefinition): string[] {
  if (isSchedule(definition) || isJoin(definition)) return [definition.name];
  if (isRetries(definition)) return definition.sources.map(({ name }) => name);
  if (!isWindowedTable(definition)) return [];
  return [definition.closed, definition.late, definition.changes].filter(isDerived).map(({ name }) => name);
}

/** How the windows of a table stand in its changelog. */
export function windowKeysOf({ name, options }: WindowedTableDefinition): WindowKeys {
  return new WindowKeys(name, keyCodecOf(options.key), codecOf(valueSchema(options)));
}

/** How the elements of a table of sets stand in its changelog. */
export function setKeysOf({ name, options }: SetTableDefinition): SetKeys {
  return new SetKeys(name, keyCodecOf(options.key), keyCodecOf(options.value));
}

/** What `get` gives of a key that is not there: each time one of its own. */
export function defaultOf({ options: { default: given } }: { readonly options: { readonly default?: unknown } }): () => unknown {
  if (typeof given === 'function') return given as () => unknown;
  return typeof given === 'object' && given !== null ? () => copyOf(given) : () => given;
}
