import { types } from 'node:util';
import { show } from '../codecs/index.js';
import { areOptions, CIRCULAR, type Fault, type OptionNames, unknownOptions } from '../errors/index.js';
import { takesIn } from '../transport/index.js';
import type { MergedDefinition } from './merged.js';
import type { Schema } from './schema.js';
import { keyProblems, type Problem, partOfNameProblems, schemaProblems } from './schema-faults.js';
import { type GroupedDefinition, type GroupOptions, repartitionTopic } from './source.js';
import type { TopicDefinition } from './topic.js';

const optionNames: OptionNames<GroupOptions<Schema>> = { name: true, key: true };

/** Everything wrong with a grouped source. @param group the consumer group of the app, with whose name that of its topic begins */
export function groupFaults(grouped: GroupedDefinition, group: string): Fault[] {
  const { name, options, by } = grouped;
  const problems = [
    ...(areOptions(options) ? partOfNameProblems('group', name, 'topic', repartitionTopic(group, grouped)) : []),
    ...unknownOptions(options, optionNames),
    ...keySchemaProblems(options),
    ...selectorProblems(by, { called: 'selector', result: 'its new key' }),
  ];
  return problems.map((problem) => ({ where: `groupBy '${name}'`, ...problem }));
}

function keySchemaProblems(options: GroupOptions<Schema>): Problem[] {
  const { key } = options;
  if (key !== undefined) return [...schemaProblems('key', key), ...keyProblems(key)];
  return 'key' in options ? [{ problem: 'its key schema is undefined', remedy: `${CIRCULAR}; or leave it out` }] : [];
}

/**
 * What is wrong with a function that is called for each event and not waited for.
 * @param called what it is
 * @param result what it returns
 */
export function selectorProblems(by: unknown, { called, result }: { readonly called: string; readonly result: string }): Problem[] {
  if (typeof by !== 'function')
    return [{ problem: `its ${called} is ${show(by)}`, remedy: `Give it a function from a value to ${result}` }];
  if (types.isGeneratorFunction(by)) return [{ problem: `its ${called} is a generator`, remedy: `Return ${result}` }];
  if (types.isAsyncFunction(by))
    return [
      {
        problem: `its ${called} is asynchronous, and nobody waits for it`,
        remedy: `Return ${result} at once; what has to be looked up first is for a @Handler that writes a topic`,
      },
    ];
  return [];
}

/**
 * Everything wrong with a merge.
 * @param isSource tells what can be read
 * @param isForOne tells what is read by an agent that reads nothing else
 * @param topicsOf the topics that a source is read through
 */
export function mergeFaults(
  { sources, name }: MergedDefinition,
  isSource: (part: unknown) => boolean,
  isForOne: (part: unknown) => boolean,
  topicsOf: (part: MergedDefinition['sources'][number]) => readonly TopicDefinition[],
): Fault[] {
  const problems: Problem[] = sources
    .filter((each) => !isSource(each))
    .map((each) => ({
      problem: `it merges ${shown(each)}, which no agent can read`,
      remedy: each === undefined ? CIRCULAR : 'Give it what topic(), groupBy() or merge() returns',
    }));
  for (const each of sources.filter(isForOne))
    problems.push({ problem: `it merges ${shown(each)}, whose agent reads nothing else`, remedy: 'Read it by an agent of its own' });
  if (sources.length < 2) problems.push({ problem: `it is a merge of ${sources.length}`, remedy: 'Give it two sources or more' });
  const names = sources.filter(isSource).flatMap((each) => topicsOf(each).flatMap((topic) => topic.names));
  for (const twice of repeated(names))
    problems.push({ problem: `it reads ${twice} twice`, remedy: 'Name each topic once; for two agents of it declare two' });
  return problems.map((problem) => ({ where: `merge of ${name}`, ...problem }));
}

function shown(part: unknown): string {
  return typeof part === 'object' && part !== null && 'kind' in part && 'name' in part ? `the ${part.kind} ${part.name}` : show(part);
}

/** What stands more than once among some names and patterns. What two patterns take in cannot be told. */
function repeated(names: readonly (string | RegExp)[]): string[] {
  const texts = names.filter((each) => typeof each === 'string');
  const patterns = names.filter((each) => typeof each !== 'string');
  const twice = texts.filter((each, index) => texts.indexOf(each) < index || takesIn(patterns, each));
  if (patterns.length > 1) twice.push(`what matches ${patterns.join(' and ')}, for all that is known,`);
  return [...new Set(twice)];
}
