import { encodeBytes, json, show } from '../codecs/index.js';
import { type Fault, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import { recordFaults } from '../records/index.js';
import { MAX_NAME } from './names.js';
import { codecOf, type Schema } from './schema.js';
import { CIRCULAR, type Problem, schemaProblems } from './schema-faults.js';
import { changelogTopic, type TableDefinition, type TableOptions } from './table.js';
import { isTopic, isWritable } from './topic.js';

const optionNames: OptionNames<TableOptions<Schema, Schema, unknown>> = {
  key: true,
  value: true,
  default: true,
  like: true,
  partitions: true,
  placement: true,
};

/** Everything wrong with a definition. @param app the id of the app, with which the changelog's name begins */
export function tableFaults(definition: TableDefinition, app: string): Fault[] {
  const { name, options } = definition;
  const schemas = [...schemaProblems('key', options.key), ...keyProblems(options.key), ...schemaProblems('value', options.value)];
  const problems = [
    ...nameProblems(definition, app),
    ...unknownOptions(options, optionNames),
    ...schemas,
    ...(schemas.length === 0 ? defaultProblems(options) : []),
    ...partitionProblems(options),
  ];
  const { placement } = options;
  if (placement !== undefined && !['key', 'event'].includes(placement))
    problems.push({ problem: `placement is ${show(placement)}`, remedy: "Use 'key', 'event'" });
  return problems.map((problem) => ({ where: `table '${name}'`, ...problem }));
}

/** A table's name is part of a topic's. */
function nameProblems(definition: TableDefinition, app: string): Problem[] {
  const name: unknown = definition.name;
  if (typeof name !== 'string') return [{ problem: `its name is ${show(name)}`, remedy: name === undefined ? CIRCULAR : 'Give it a text' }];
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return [{ problem: `'${name}' is not a legal table name`, remedy: 'Use the characters a-z A-Z 0-9 . _ -' }];
  const changelog = changelogTopic(app, definition);
  if (changelog.length <= MAX_NAME) return [];
  const problem = `its changelog ${changelog} would have a name of ${changelog.length} characters`;
  return [{ problem, remedy: `Kafka takes ${MAX_NAME}: shorten the name of the table or the id of the app` }];
}

/** Equal keys must give equal bytes, and an object's JSON goes by the order in which its members were set. */
function keyProblems(key: Schema): Problem[] {
  const isJson = typeof key === 'string' ? key.split('|')[0].trim() === 'json' : key === json();
  if (!isJson) return [];
  return [
    {
      problem: "its key schema is 'json', which writes equal objects as different bytes",
      remedy: "Use 'string', 'integer', 'long' or a @Record class",
    },
  ];
}

function defaultProblems(options: TableOptions<Schema, Schema, unknown>): Problem[] {
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
    encodeBytes(codecOf(value), made);
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

function partitionProblems(options: TableOptions<Schema, Schema, unknown>): Problem[] {
  const problems: Problem[] = [];
  const { partitions } = options;
  const like: unknown = options.like;
  if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1))
    problems.push({ problem: `partitions is ${partitions}`, remedy: 'Give a whole number from 1, or leave it to the topics that feed it' });
  if ('like' in options && !isTopic(like))
    problems.push({
      problem: `like is ${show(like)}`,
      remedy: like === undefined ? `${CIRCULAR}; or leave it out` : 'Give it what topic() returns',
    });
  if (isTopic(like) && !isWritable(like))
    problems.push({ problem: `it is like ${like.name}, which is not one topic`, remedy: 'Define the topic by its one name' });
  if (like !== undefined && partitions !== undefined) problems.push({ problem: 'it has both like and partitions', remedy: 'Choose one' });
  return problems;
}
