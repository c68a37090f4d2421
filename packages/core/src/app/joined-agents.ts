import type { AgentDescription } from '../agents/index.js';
import type { AnyTableDefinition } from '../definitions/index.js';
import { ExpandedEvent, type Expands } from '../streams/index.js';
import type { ReadonlyTable, Tables } from '../tables/index.js';

/** An agent as it runs: what it joins is bound to the tables of the worker. */
export function withJoins(agent: AgentDescription, tables: Tables): AgentDescription {
  const { joins, looksUp } = agent;
  if (looksUp !== undefined) return { ...agent, expands: lookUp(looksUp, tables.of(looksUp.table as AnyTableDefinition) as ReadonlyTable) };
  return joins === undefined ? agent : { ...agent, expands: pairUp(joins, tables) };
}

function pairUp({ join, side }: NonNullable<AgentDescription['joins']>, tables: Tables): Expands {
  const bound = tables.joinOf(join);
  return (event) => bound.take(side, event).map(({ value, left, right, time }) => new ExpandedEvent(event, value, time, { left, right }));
}

/** Each event with what a table has under its key now. */
function lookUp({ type, combine }: NonNullable<AgentDescription['looksUp']>, table: ReadonlyTable): Expands {
  return (event) => {
    const { key, value: left } = event;
    if (key === null || left === null) return [];
    const right = table.get(key);
    if (right === undefined && type === 'inner') return [];
    const value = combine === undefined ? [left, right] : combine(left, right);
    return [new ExpandedEvent(event, value, event.time, { left, right })];
  };
}
