import { isJoin, isWindowedTable } from '../definitions/index.js';
import type { TableSet } from '../tables/index.js';
import type { Repartition } from './topology.js';

/** Whether a set has tables that go by a watermark. */
function goesByWatermark({ tables }: TableSet): boolean {
  return tables.some((each) => isWindowedTable(each) || isJoin(each));
}

/**
 * The topics whose partitions need a watermark: those of sets that go by one, and those from which events are moved to such, through however many topics. Their
 * messages there tell how far time has come at their origin.
 */
export function timedTopics(sets: readonly TableSet[], repartitions: readonly Repartition[]): ReadonlySet<string> {
  const timed = new Set(sets.filter(goesByWatermark).flatMap(({ topics }) => topics.map(({ name }) => name)));
  // Each stands after the one that it comes from.
  for (const { topic, origin } of [...repartitions].reverse()) {
    if (!timed.has(topic.name)) continue;
    const set = sets.find(({ topics }) => topics.some(({ name }) => name === origin.name));
    for (const name of set?.topics.map((each) => each.name) ?? [origin.name]) timed.add(name);
  }
  return timed;
}
