import type { AgentDescription } from '../agents/index.js';
import { type AnyTableDefinition, type DedupeDefinition, type Passed, rememberedMs } from '../definitions/index.js';
import { ExpandedEvent, type Expands, PassedEvent } from '../streams/index.js';
import type { ReadonlyTable, Table, Tables } from '../tables/index.js';
import { durationMs } from '../time/index.js';

/** An agent as it runs: what it joins, or remembers, is bound to the tables of the worker. */
export function withJoins(agent: AgentDescription, tables: Tables): AgentDescription {
  const { joins, looksUp, dedupes } = agent;
  if (dedupes !== undefined) return { ...agent, expands: passOnce(dedupes, tables.of(dedupes.memory) as Memory) };
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

/** What was let through, under its text. */
type Memory = Pick<Table<string, readonly Passed[] | undefined>, 'get' | 'set'>;

/** Each event that is no duplicate. One that is read again is none of itself. */
function passOnce({ source, options }: DedupeDefinition, memory: Memory): Expands {
  const withinMs = durationMs(options.within, 'within');
  const keptMs = rememberedMs(source, options);
  return (event) => {
    const { value, time, offset } = event;
    const text = options.by(value, event);
    const passed = memory.get(text) ?? [];
    const isKnown = passed.some((each) => each.offset === offset);
    if (isKnown) return [new PassedEvent(event)];
    if (passed.some((each) => Math.abs(each.time - time) <= withinMs)) return [];
    memory.set(text, [...passed.filter((each) => each.time >= time - keptMs), { time, offset }]);
    return [new PassedEvent(event)];
  };
}
