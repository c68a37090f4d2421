import { types } from 'node:util';
import { type AgentReference, type BatchOption, type ConcurrencyOption, isAgentReference } from '../../agents/index.js';
import { show } from '../../codecs/index.js';
import { type AgentDeclaration, agents, hooks } from '../../decorators/index.js';
import {
  isChanges,
  isDerived,
  isGlobalTable,
  isJoinedTable,
  isSharded,
  isSource,
  isTable,
  isTopic,
  isWindowedTable,
  isWritable,
  keptFor,
  ONE_NAME,
  originsOf,
  type Source,
} from '../../definitions/index.js';
import { CIRCULAR, type Fault, type OptionNames, unknownOptions } from '../../errors/index.js';
import type { Class } from '../../metadata/index.js';
import { durationMs } from '../../time/index.js';
import { components } from '../../topology/index.js';
import { attempt } from '../attempt.js';
import { errorFaults } from './error-faults.js';

/** Everything wrong with the agents of a class. @param classes those that take part in the app */
export function agentFaults(declaring: Class, classes: readonly Class[]): Fault[] {
  return agents.read(declaring).flatMap(({ member, value }) => {
    const faults: Fault[] = [];
    const fault = (problem: string, remedy: string) => faults.push({ where: declaring.name, member, problem, remedy });
    if (value.name !== undefined && (typeof value.name !== 'string' || value.name === ''))
      fault(`its name is ${show(value.name)}`, 'Give it a text, or leave it to be called after its method');
    for (const { problem, remedy } of sourceFaults(value.source)) fault(problem, remedy);
    for (const { problem, remedy } of [...unknown(value), ...errorFaults(value.errors), ...sinkFaults(value, classes)])
      fault(problem, remedy);
    optionFaults(value, fault);
    return faults;
  });
}

type Found = Pick<Fault, 'problem' | 'remedy'>;

const optionNames: OptionNames<Omit<AgentDeclaration, 'kind' | 'source'>> = {
  name: true,
  sinks: true,
  errors: true,
  concurrency: true,
  batch: true,
  handlerTimeout: true,
};
const concurrencyNames: OptionNames<ConcurrencyOption> = { by: true, max: true, maxAhead: true };
const batchNames: OptionNames<BatchOption> = { max: true, within: true };

/** Options that nobody reads. */
function unknown({ kind, source, ...options }: AgentDeclaration): Found[] {
  return [
    ...unknownOptions(options, optionNames),
    ...unknownOptions(options.concurrency, concurrencyNames, 'concurrency.'),
    ...unknownOptions(options.batch, batchNames, 'batch.'),
  ];
}

function sourceFaults(source: unknown): Found[] {
  if (isSource(source)) return [];
  if (isTable(source))
    return [
      { problem: `its source is the table '${source.name}'`, remedy: 'Read its changes (table.changes), or the topic that feeds it' },
    ];
  if (isWindowedTable(source))
    return [{ problem: `its source is the windowed table '${source.name}'`, remedy: 'Read its closed windows (table.closed)' }];
  if (isSharded(source) || isGlobalTable(source) || isJoinedTable(source))
    return [{ problem: `its source is the table '${source.name}'`, remedy: 'It has no changes: read the topic that feeds it' }];
  const remedy = 'Give it what topic(), groupBy() or merge() returns; look for a circular import';
  return [{ problem: `its source is ${String(source)}`, remedy }];
}

/** What was given as sinks, whatever it is. */
export function sinksOf({ sinks }: Pick<AgentDeclaration, 'sinks'>): readonly unknown[] {
  return Array.isArray(sinks) ? (sinks as readonly unknown[]) : [];
}

function sinkFaults(declaration: AgentDeclaration, classes: readonly Class[]): Found[] {
  if (declaration.sinks !== undefined && !Array.isArray(declaration.sinks))
    return [{ problem: 'its sinks are not an array', remedy: 'Put the sink in [ ]' }];
  return sinksOf(declaration).flatMap((sink) => {
    if (isAgentReference(sink)) return referenceFaults(sink, classes);
    if (isTopic(sink)) return isWritable(sink) ? [] : [{ problem: `its sink ${sink.name} can only be read`, remedy: ONE_NAME }];
    if (isSource(sink)) return [{ problem: `its sink ${sink.name} can only be read`, remedy: toOrigin(sink) }];
    const problem = `a sink is ${String(sink)}`;
    if (isClassSyntax(sink))
      return [
        {
          problem: `a sink is the class ${sink.name}`,
          remedy: `Give it a topic, an agent of it: agent(${sink.name}, 'method'), or a function`,
        },
      ];
    return typeof sink === 'function' ? [] : [{ problem, remedy: 'Give it a topic, an agent reference or a function' }];
  });
}

/** Whether a function is written as a class, and can only be called with `new`. */
function isClassSyntax(value: unknown): value is Class {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** A sink that is an agent means the topic that it reads. */
function referenceFaults({ declaring, method }: AgentReference, classes: readonly Class[]): Found[] {
  if (typeof declaring !== 'function') return [{ problem: `a sink is an agent of ${String(declaring)}`, remedy: CIRCULAR }];
  const named = classes.includes(declaring) ? agents.read(declaring).find(({ member }) => member === method) : undefined;
  const called = `${declaring.name}.${method}`;
  if (named === undefined)
    return [{ problem: `its sink ${called} is no agent of this app`, remedy: 'Add its class to providers, or correct the reference' }];
  const { source } = named.value;
  if (!isSource(source) || (isTopic(source) && isWritable(source))) return [];
  const problem = `its sink ${called} reads ${source.name}, which can only be read`;
  return [{ problem, remedy: isTopic(source) ? ONE_NAME : toOrigin(source) }];
}

/** The remedy for a source where something is written to. */
function toOrigin(source: Source): string {
  if (isChanges(source)) return `Write the table ${source.table.name}`;
  if (isDerived(source)) return `Write ${keptFor(source).name}`;
  return `Write to ${originsOf(source)
    .map(({ name }) => name)
    .join(' or ')}`;
}

function optionFaults(
  { kind, concurrency, batch, handlerTimeout }: AgentDeclaration,
  fault: (problem: string, remedy: string) => void,
): void {
  if (kind === 'stream' && (concurrency !== undefined || batch !== undefined || handlerTimeout !== undefined)) {
    fault(
      'an @Agent loops over one partition in order and takes no concurrency, batch or handlerTimeout',
      'Use @Handler for these, or stream.take() for arrays',
    );
    return;
  }
  if (typeof concurrency === 'object' && concurrency !== null) {
    const { by, max, maxAhead } = concurrency;
    if (by !== undefined && !['partition', 'key', 'none'].includes(by))
      fault(`concurrency.by is '${by}'`, "Use 'partition', 'key' or 'none'");
    for (const [option, count] of Object.entries({ max, maxAhead })) {
      if (count !== undefined && (!Number.isInteger(count) || count < 1))
        fault(`concurrency.${option} is ${count}`, 'Use a whole number of events from 1');
    }
    if (by === 'partition' && max !== undefined && max > 1)
      fault(`concurrency.max is ${max} with by: 'partition'`, "Use by: 'key' or by: 'none' for more than one at a time");
    if (batch !== undefined) fault('it has both concurrency and batch', 'Choose one: arrays are handled one at a time');
  }
  if (typeof batch === 'object' && batch !== null && (!Number.isInteger(batch.max) || batch.max < 1))
    fault(`batch.max is ${batch.max}`, 'Use a whole number of events from 1');
  for (const [option, duration] of Object.entries({ handlerTimeout, 'batch.within': batch?.within })) {
    if (duration !== undefined)
      attempt(
        () => durationMs(duration, option),
        (problem) => fault(problem, 'Correct the duration'),
      );
  }
}

/** Generators where nobody asks for what they yield: their code would never run. */
export function generatorFaults(declaring: Class): Fault[] {
  const where = declaring.name;
  const kindOf = (member: string) => generatorKind((declaring.prototype as Readonly<Record<string, unknown>>)[member]);
  const ordinary = [components, ...Object.values(hooks)].flatMap((slot) => slot.read(declaring).map(({ member }) => member));
  const faults = ordinary
    .filter((member) => kindOf(member) !== undefined)
    .map((member) => ({ where, member, problem: 'it is a generator, whose code would never run', remedy: 'Write an ordinary method' }));
  for (const { member, value } of agents.read(declaring)) {
    const kind = kindOf(member);
    if (value.kind === 'stream' && kind === 'sync')
      faults.push({
        where,
        member,
        problem: 'it is a generator that is not asynchronous, and cannot loop over a stream',
        remedy: 'Write async *',
      });
    if (value.kind === 'handler' && value.batch !== undefined && kind !== undefined)
      faults.push({
        where,
        member,
        problem: 'it is a generator with batch, whose code would never run',
        remedy: 'Return an array with a result for each value, or yield the results of single values without batch',
      });
    for (const sink of sinksOf(value))
      if (generatorKind(sink) !== undefined)
        faults.push({
          where,
          member,
          problem: 'a sink is a generator, whose code would never run',
          remedy: 'Give it an ordinary function',
        });
  }
  return faults;
}

function generatorKind(method: unknown): 'sync' | 'async' | undefined {
  if (!types.isGeneratorFunction(method)) return undefined;
  return types.isAsyncFunction(method) ? 'async' : 'sync';
}
