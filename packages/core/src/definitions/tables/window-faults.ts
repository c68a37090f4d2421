import { show } from '../../codecs/index.js';
import { areOptions, type Fault, type OptionNames, reason, unknownOptions } from '../../errors/index.js';
import { durationMs } from '../../time/index.js';
import { notAwaited, type Problem } from '../schema-faults.js';
import type { EmitOptions, SessionOptions, WindowedTableDefinition, Windowing, WindowOptions } from './windowed-table.js';

const optionNames: OptionNames<WindowOptions> = { grace: true, keep: true, emit: true, onLate: true, name: true };
const sessionNames: OptionNames<SessionOptions> = { ...optionNames, merge: true };
const emitNames: OptionNames<EmitOptions> = { every: true };

/** Everything wrong with how a table is cut into windows. @param tableProblems what is wrong with the table itself */
export function windowFaults({ name, windowing, options }: WindowedTableDefinition, tableProblems: readonly Problem[]): Fault[] {
  const problems = [
    ...tableProblems,
    ...unknownOptions(windowing.options, windowing.kind === 'session' ? sessionNames : optionNames),
    ...(windowing.kind === 'session' ? durationProblems('gap', windowing.gap, 1) : gridProblems(windowing)),
    ...(areOptions(windowing.options) ? optionProblems(windowing) : []),
  ];
  if (options?.ttl !== undefined)
    problems.push({ problem: 'it has a ttl', remedy: 'Its windows leave when they close: say with keep how long they can be read' });
  if (options?.standby !== undefined) problems.push({ problem: 'it has standby', remedy: 'Leave it out: windows have no copies' });
  return problems.map((problem) => ({ where: `windowed table '${name}'`, ...problem }));
}

function optionProblems(windowing: Windowing): Problem[] {
  const problems: Problem[] = [];
  for (const option of ['grace', 'keep'] as const) {
    const { [option]: given } = windowing.options as WindowOptions;
    if (given !== undefined) problems.push(...durationProblems(option, given, 0));
  }
  const { onLate, emit } = windowing.options;
  if (emit !== undefined) problems.push(...emitProblems(emit));
  if (onLate !== undefined && !['drop', 'source'].includes(onLate))
    problems.push({ problem: `onLate is ${show(onLate)}`, remedy: "Use 'drop' or 'source'" });
  if (windowing.kind === 'session') problems.push(...mergeProblems(windowing.options));
  return problems;
}

function mergeProblems(options: SessionOptions): Problem[] {
  const problems: Problem[] = [];
  if (typeof options.merge !== 'function')
    problems.push({
      problem: `merge is ${show(options.merge)}`,
      remedy: 'Give it a function that makes one value of those of two sessions which an event joins: (earlier, later) => value',
    });
  problems.push(...notAwaited('merge', options.merge));
  return problems;
}

function gridProblems({ size, every }: Extract<Windowing, { kind: 'grid' }>): Problem[] {
  return [...durationProblems('size', size, 1), ...(every === size ? [] : durationProblems('every', every, 1))];
}

function emitProblems(emit: EmitOptions): Problem[] {
  if (typeof emit !== 'object' || emit === null)
    return [{ problem: `emit is ${show(emit)}`, remedy: "Give it how often windows have changes: { every: '5s' }" }];
  return [...unknownOptions(emit, emitNames, 'emit.'), ...durationProblems('emit.every', emit.every, 1)];
}

function durationProblems(option: string, given: unknown, least: number): Problem[] {
  const remedy = `Give ${option} a duration of at least ${least} ms, such as '1m'`;
  try {
    return durationMs(given as never, option) >= least ? [] : [{ problem: `${option} is ${show(given)}`, remedy }];
  } catch (thrown) {
    return [{ problem: reason(thrown), remedy }];
  }
}
