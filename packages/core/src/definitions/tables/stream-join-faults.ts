import { show } from '../../codecs/index.js';
import { areOptions, CIRCULAR, type Fault, type OptionNames, reason, unknownOptions } from '../../errors/index.js';
import { durationMs } from '../../time/index.js';
import { notAwaited, type Problem } from '../schema-faults.js';
import type { KeyedSource } from '../source.js';
import type { JoinDefinition, JoinOptions, LookupDefinition } from './join.js';

const optionNames: OptionNames<JoinOptions> = { within: true, grace: true, name: true };

/** How much earlier and later a right event may be than a left one, in milliseconds. @throws ConfigurationError */
export function withinMs({ within }: JoinOptions): { readonly before: number; readonly after: number } {
  if (typeof within === 'object')
    return { before: durationMs(within.before ?? 0, 'within'), after: durationMs(within.after ?? 0, 'within') };
  const ms = durationMs(within, 'within');
  return { before: ms, after: ms };
}

/**
 * Everything wrong with a join of two sources.
 * @param sideProblems what is wrong with what is joined, of one side
 */
export function streamJoinFaults(definition: JoinDefinition, sideProblems: (side: unknown, which: string) => readonly Problem[]): Fault[] {
  const { left, right, joining, combine, name } = definition;
  const problems: Problem[] = [
    ...sideProblems(left, 'left side'),
    ...sideProblems(right, 'right side'),
    ...sameProblems(left, right),
    ...unknownOptions(joining, optionNames),
    ...combineProblems(combine),
    ...(areOptions(joining) ? timeProblems(joining) : []),
  ];
  return problems.map((problem) => ({ where: `join ${name}`, ...problem }));
}

/** An event has one side: of two sides that are the same, the right one would have none. */
function sameProblems(left: KeyedSource | undefined, right: KeyedSource | undefined): Problem[] {
  if (left?.name === undefined || left.name !== right?.name) return [];
  const remedy = 'Send the events of one side to a topic of their own, or keep what came before in a table()';
  return [{ problem: `both of its sides are ${left.name}, and an event is of one side`, remedy }];
}

function timeProblems(joining: JoinOptions): Problem[] {
  const problems: Problem[] = [];
  try {
    if (joining.within === undefined)
      problems.push({ problem: 'it does not say within what time', remedy: "Give it within: '5m', or { before, after }" });
    else withinMs(joining);
    durationMs(joining.grace ?? 0, 'grace');
  } catch (thrown) {
    problems.push({ problem: reason(thrown), remedy: 'Correct the duration' });
  }
  return problems;
}

/** Everything wrong with a join of a source with a table. */
export function lookupFaults(definition: LookupDefinition, sideProblems: (side: unknown, which: string) => readonly Problem[]): Fault[] {
  const { left, combine, name, type } = definition;
  const problems: Problem[] = [...sideProblems(left, 'left side'), ...combineProblems(combine)];
  if ((type as string) === 'outer')
    problems.push({
      problem: 'its right side is a table, whose keys do not come and go',
      remedy: 'Use leftJoin, or read the changes of the table',
    });
  return problems.map((problem) => ({ where: `join ${name}`, ...problem }));
}

function combineProblems(combine: unknown): Problem[] {
  if (combine === undefined || typeof combine === 'function') return notAwaited('combine', combine);
  return [{ problem: `its combine is ${show(combine)}`, remedy: 'Give it a function of the two values, or leave it out' }];
}

/** What is wrong with a part that is no source with a key. @param which `left side`, `source` */
export function noSource(side: unknown, which: string): Problem {
  return {
    problem: `its ${which} is ${show(side)}`,
    remedy:
      side === undefined
        ? CIRCULAR
        : `Give it a topic() of one name, or what groupBy() returns${which === 'right side' ? '; or a table()' : ''}`,
  };
}
