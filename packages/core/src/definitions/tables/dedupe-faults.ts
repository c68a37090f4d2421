import { areOptions, type Fault, type OptionNames, reason, unknownOptions } from '../../errors/index.js';
import { durationMs } from '../../time/index.js';
import type { Problem } from '../schema-faults.js';
import { selectorProblems } from '../source-faults.js';
import type { DedupeDefinition, DedupeOptions } from './dedupe.js';

const optionNames: OptionNames<DedupeOptions> = { by: true, within: true, name: true };

/**
 * Everything wrong with a source without duplicates, beside what is with the table that remembers.
 * @param sourceProblems what is wrong with what it is made from
 */
export function dedupeFaults(
  { name, source, options }: DedupeDefinition,
  sourceProblems: (source: unknown) => readonly Problem[],
): Fault[] {
  const problems: Problem[] = [...sourceProblems(source), ...unknownOptions(options, optionNames)];
  if (areOptions(options))
    problems.push(
      ...selectorProblems(options.by, { called: 'by', result: 'the text that duplicates have in common' }),
      ...withinProblems(options),
    );
  return problems.map((problem) => ({ where: `dedupe '${name}'`, ...problem }));
}

function withinProblems({ within }: DedupeOptions): Problem[] {
  if (within === undefined) return [{ problem: 'it does not say within what time', remedy: "Give it within: '1d'" }];
  try {
    if (durationMs(within, 'within') > 0) return [];
    return [{ problem: 'its within is no time at all', remedy: 'Give it a duration of a millisecond or more' }];
  } catch (thrown) {
    return [{ problem: reason(thrown), remedy: 'Correct the duration' }];
  }
}
