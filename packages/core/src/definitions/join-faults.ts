import { show } from '../codecs/index.js';
import { CIRCULAR, type Fault } from '../errors/index.js';
import type { JoinedTableDefinition } from './joined-table.js';
import { type AnyTableDefinition, isAnyTable, isWhole, keySchemaOf } from './logged.js';
import { schemaName } from './schema.js';
import { notAwaited, type Problem, partOfNameProblems } from './schema-faults.js';
import { isSetTable } from './set-table.js';
import type { JoinType } from './tables/join.js';

/** Everything wrong with the definition of a table that joins two others. */
export function joinFaults({ name, left, right, type, combine }: JoinedTableDefinition): Fault[] {
  const sides = [...sideProblems('left', left), ...sideProblems('right', right)];
  const problems = [
    ...partOfNameProblems('table', name, 'name', name),
    ...sides,
    ...(sides.length === 0 ? pairProblems(left as AnyTableDefinition, right as AnyTableDefinition, type) : []),
  ];
  if (typeof combine !== 'function')
    problems.push({ problem: `its combine is ${show(combine)}`, remedy: 'Give a function of the two values' });
  problems.push(...notAwaited('combine', combine));
  return problems.map((problem) => ({ where: `table '${name}'`, ...problem }));
}

function sideProblems(side: string, given: unknown): Problem[] {
  if (isAnyTable(given) && !isSetTable(given)) return [];
  const remedy = given === undefined ? CIRCULAR : 'Give it what table(), globalTable() or joinTables() returns';
  return [{ problem: `its ${side} table is ${show(given)}`, remedy }];
}

function pairProblems(left: AnyTableDefinition, right: AnyTableDefinition, type: JoinType): Problem[] {
  const problems: Problem[] = [];
  const [one, other] = [keySchemaOf(left), keySchemaOf(right)];
  if (one !== other)
    problems.push({
      problem: `the keys of ${left.name} are written as ${schemaName(one)} and those of ${right.name} as ${schemaName(other)}`,
      remedy: 'Write the keys of both by one schema',
    });
  if (isWhole(left) && !isWhole(right))
    problems.push({
      problem: `its left table ${left.name} is whole on every worker, and ${right.name} is not`,
      remedy: 'Give the global table as the right one, or make both global',
    });
  if (type === 'outer' && isWhole(right) && !isWhole(left))
    problems.push({
      problem: `its right table ${right.name} is whole on every worker, and ${left.name} is not: each partition would have all keys of ${right.name}`,
      remedy: 'Use leftJoinTables(), or make both global or neither',
    });
  return problems;
}
