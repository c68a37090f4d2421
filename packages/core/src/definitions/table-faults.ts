import { types } from 'node:util';
import { encodeBytes, show } from '../codecs/index.js';
import { areOptions, CIRCULAR, type Fault, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import { recordFaults } from '../records/index.js';
import { durationMs } from '../time/index.js';
import type { GlobalTableDefinition } from './global-table.js';
import { codecOf, type Schema } from './schema.js';
import { keyProblems, type Problem, partOfNameProblems, schemaProblems, versionedKeyProblems } from './schema-faults.js';
import type { SetTableDefinition, SetTableOptions } from './set-table.js';
import { isGrouped } from './source.js';
import { changelogTopic, isTable, type SourceTableDefinition, type SourceTableOptions, type TableDefinition } from './table.js';
import type { ScheduleDefinition, ScheduleOptions } from './tables/schedule.js';
import type { TableOptions } from './tables/table-options.js';
import { windowFaults } from './tables/window-faults.js';
import type { WindowedTableDefinition } from './tables/windowed-table.js';
import { isTopic, isWritable, ONE_NAME } from './topic.js';

const optionNames: OptionNames<TableOptions<Schema, Schema, unknown>> = {
  key: true,
  value: true,
  default: true,
  like: true,
  partitions: true,
  placement: true,
  ttl: true,
  upcast: true,
  standby: true,
};

/** Everything wrong with a definition. @param group the consumer group of the app, with whose name that of the changelog begins */
export function tableFaults(definition: TableDefinition, group: string): Fault[] {
  return tableProblems(definition, group).map((problem) => ({ where: `table '${definition.name}'`, ...problem }));
}

/** Everything wrong with the definition of a table of windows. */
export function windowedTableFaults(definition: WindowedTableDefinition, group: string): Fault[] {
  return windowFaults(definition, tableProblems(definition, group));
}

function tableProblems(definition: Pick<TableDefinition, 'name' | 'options'>, group: string): Problem[] {
  const { name, options } = definition;
  const named = [
    ...partOfNameProblems('table', name, 'changelog', changelogTopic(group, definition)),
    ...unknownOptions(options, optionNames),
  ];
  if (!areOptions(options)) return named;
  const schemas = [...schemaProblems('key', options.key), ...keyProblems(options.key), ...schemaProblems('value', options.value)];
  const problems = [
    ...named,
    ...schemas,
    ...(schemas.length === 0 ? defaultProblems(options) : []),
    ...partitionProblems(options),
    ...placementProblems(options),
    ...ttlProblems(options),
    ...upcastProblems(options),
  ];
  const { standby } = options;
  if (standby !== undefined && standby !== 'all')
    problems.push({ problem: `standby is ${show(standby)}`, remedy: "Use 'all', or leave it out" });
  return problems;
}

function placementProblems({ placement }: { readonly placement?: unknown }): Problem[] {
  if (placement === undefined || placement === 'key' || placement === 'event') return [];
  return [{ problem: `placement is ${show(placement)}`, remedy: "Use 'key', 'event'" }];
}

const sourceOptionNames: OptionNames<SourceTableOptions<unknown, unknown, unknown>> = { source: true, default: true };

/** Everything wrong with the definition of a table that is the view of a topic. */
export function sourceTableFaults({ name, options }: SourceTableDefinition): Fault[] {
  const problems = [
    ...partOfNameProblems('table', name, 'name', name),
    ...unknownOptions(options, sourceOptionNames),
    ...topicProblems(options.source),
    ...defaultProblems(options),
  ];
  return problems.map((problem) => ({ where: `table '${name}'`, ...problem }));
}

const setOptionNames: OptionNames<SetTableOptions<Schema, Schema>> = { key: true, value: true, like: true, partitions: true };

/** Everything wrong with the definition of a table of sets. @param group the consumer group of the app */
export function setTableFaults(definition: SetTableDefinition, group: string): Fault[] {
  const { name, options } = definition;
  const problems = [
    ...partOfNameProblems('table', name, 'changelog', changelogTopic(group, definition)),
    ...unknownOptions(options, setOptionNames),
    ...(areOptions(options) ? setOptionProblems(options) : []),
  ];
  return problems.map((problem) => ({ where: `table '${name}'`, ...problem }));
}

function setOptionProblems(options: SetTableOptions<Schema, Schema>): Problem[] {
  return [
    ...schemaProblems('key', options.key),
    ...keyProblems(options.key),
    ...schemaProblems('value', options.value),
    ...versionedKeyProblems(options.value, 'value'),
    ...keyProblems(options.value).map(({ remedy }) => ({
      problem: "its value schema is 'json', which writes equal elements as different bytes",
      remedy,
    })),
    ...partitionProblems(options),
  ];
}

const scheduleNames: OptionNames<ScheduleOptions<Schema, Schema>> = {
  key: true,
  value: true,
  like: true,
  partitions: true,
  placement: true,
};

/** Everything wrong with the definition of durable timers. @param group the consumer group of the app */
export function scheduleFaults(definition: ScheduleDefinition, group: string): Fault[] {
  const { name, options } = definition;
  const problems = [
    ...partOfNameProblems('schedule', name, 'changelog', changelogTopic(group, definition)),
    ...unknownOptions(options, scheduleNames),
    ...(areOptions(options) ? scheduleOptionProblems(options) : []),
  ];
  return problems.map((problem) => ({ where: `schedule '${name}'`, ...problem }));
}

function scheduleOptionProblems(options: ScheduleOptions<Schema, Schema>): Problem[] {
  return [
    ...schemaProblems('key', options.key),
    ...keyProblems(options.key),
    ...schemaProblems('value', options.value),
    ...partitionProblems(options),
    ...placementProblems(options),
  ];
}

/** Everything wrong with the definition of a table that every worker has whole. */
export function globalTableFaults({ name, options }: GlobalTableDefinition): Fault[] {
  const { source }: { readonly source?: unknown } = options;
  const problems = [
    ...partOfNameProblems('table', name, 'name', name),
    ...unknownOptions(options, sourceOptionNames),
    ...(isTable(source) || !areOptions(options) ? [] : topicProblems(source, 'topic() or table() without a source')),
    ...defaultProblems(options),
  ];
  return problems.map((problem) => ({ where: `global table '${name}'`, ...problem }));
}

/** What is wrong with a topic that a table is read from. @param makers what makes one that is right */
export function topicProblems(source: unknown, makers = 'topic()'): Problem[] {
  if (!isTopic(source))
    return [{ problem: `its source is ${show(source)}`, remedy: source === undefined ? CIRCULAR : `Give it what ${makers} returns` }];
  if (!isWritable(source)) return [{ problem: `its source ${source.name} is not one topic`, remedy: ONE_NAME }];
  return source.options.key === undefined ? [] : keyProblems(source.options.key);
}

/** What is wrong with a default. @param options `value` is missing where the app says how values are written */
export function defaultProblems(options: { readonly default?: unknown; readonly value?: Schema }): Problem[] {
  if (!('default' in options)) return [];
  const { default: given, value } = options;
  if (given === undefined) return [{ problem: 'its default is undefined', remedy: `${CIRCULAR}; or leave it out` }];
  // A class that is wrong in itself says so.
  if (typeof value === 'function' && recordFaults(value).length > 0) return [];
  try {
    const made: unknown = typeof given === 'function' ? (given as () => unknown)() : given;
    if (made === null || made === undefined)
      return [
        { problem: `its default is ${String(made)}, which says of a key that it is not there`, remedy: 'Give it a value, or leave it out' },
      ];
    if (value !== undefined) encodeBytes(codecOf(value), made);
    return [];
  } catch (thrown) {
    return [
      {
        problem: `its default cannot be made or encoded: ${reason(thrown)}`,
        remedy: 'Give a value of the type that its value schema writes',
      },
    ];
  }
}

function ttlProblems({ ttl }: TableOptions<Schema, Schema, unknown>): Problem[] {
  if (ttl === undefined) return [];
  const remedy = "Give it a duration of at least 1 ms, such as '7d', or leave it out";
  try {
    return durationMs(ttl, 'ttl') >= 1 ? [] : [{ problem: `ttl is ${show(ttl)}`, remedy }];
  } catch (thrown) {
    return [{ problem: reason(thrown), remedy }];
  }
}

function upcastProblems(options: TableOptions<Schema, Schema, unknown>): Problem[] {
  const { upcast, value }: { readonly upcast?: unknown; readonly value: Schema } = options;
  if (upcast === undefined) return [];
  if (typeof upcast !== 'function') return [{ problem: `upcast is ${show(upcast)}`, remedy: 'Give a function, or leave it out' }];
  if (types.isAsyncFunction(upcast)) return [{ problem: 'upcast is asynchronous', remedy: 'Decoding does not wait: do it in the handler' }];
  if (typeof value !== 'function') return [];
  return [
    {
      problem: 'it has upcast, and its values are of a record class',
      remedy: `Give ${value.name} a version: @Record({ version, upcast })`,
    },
  ];
}

function partitionProblems(options: Pick<TableOptions<Schema, Schema, unknown>, 'like' | 'partitions'>): Problem[] {
  const problems: Problem[] = [];
  const { partitions } = options;
  const like: unknown = options.like;
  if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1))
    problems.push({ problem: `partitions is ${partitions}`, remedy: 'Give a whole number from 1, or leave it to the topics that feed it' });
  if ('like' in options && !isTopic(like) && !isGrouped(like))
    problems.push({
      problem: `like is ${show(like)}`,
      remedy: like === undefined ? `${CIRCULAR}; or leave it out` : 'Give it what topic() or groupBy() returns',
    });
  if (isTopic(like) && !isWritable(like))
    problems.push({ problem: `it is like ${like.name}, which is not one topic`, remedy: 'Define the topic by its one name' });
  if (like !== undefined && partitions !== undefined) problems.push({ problem: 'it has both like and partitions', remedy: 'Choose one' });
  return problems;
}
