import { isSourceTable, type ShardedDefinition, type TopicDefinition } from '../definitions/index.js';
import type { SourceUse, TableSet } from '../tables/index.js';

/** A table of an app, and what feeds it. */
export interface TableUse {
  readonly definition: ShardedDefinition;
  /**
   * Those whose events write it: of the agents whose classes reach the table by injection, each name once, or the one of `like`. None where `partitions`
   * is all that is said.
   */
  readonly topics: readonly TopicDefinition[];
  /** How each of `topics` comes to the table, in their order: `PageViews → CountService → counts`, or `like: views`. */
  readonly via: readonly string[];
}

/** The sets of some tables, disjoint: those that one topic feeds are one, and so are topics that feed one table. In the order of their names. */
export function tableSets(uses: readonly TableUse[]): TableSet[] {
  let joined: TableUse[][] = [];
  for (const use of uses) {
    const names = use.topics.map(({ name }) => name);
    const meets = (others: readonly TableUse[]) => others.some(({ topics }) => topics.some(({ name }) => names.includes(name)));
    joined = [...joined.filter((each) => !meets(each)), [...joined.filter(meets).flat(), use]];
  }
  return joined.map(setOf).sort((a, b) => compare(a.name, b.name));
}

function setOf(uses: readonly TableUse[]): TableSet {
  const byName = new Map(uses.flatMap(({ topics }) => topics.map((each) => [each.name, each] as const)));
  const topics = [...byName.values()].sort((a, b) => compare(a.name, b.name));
  const tables = uses.map(({ definition }) => definition).sort((a, b) => compare(a.name, b.name));
  const sources = uses.flatMap(sourceOf).sort((a, b) => compare(a.table, b.table));
  return { name: topics[0]?.name ?? `table:${tables[0].name}`, topics, tables, ...(sources.length > 0 && { sources }) };
}

function sourceOf({ definition, via }: TableUse): SourceUse[] {
  return isSourceTable(definition) ? [{ table: definition.name, topic: definition.options.source.name, via: via.join(', ') }] : [];
}

/** By code units: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
