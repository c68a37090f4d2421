import type { Topology } from '../../topology/index.js';
import type { NewTopic } from '../../transport/index.js';

/** What is to be done about the number of partitions of a topic, or cannot be done. */
export type PartitionStep =
  | { readonly kind: 'grow'; readonly from: number; readonly to: number }
  /** `problem` names the remedy. */
  | { readonly kind: 'impossible'; readonly problem: string };

/** @param own whether the app keeps the topic for itself @param has how many partitions it has */
export function partitionStep(topology: Topology, { name, partitions }: NewTopic, own: string | undefined, has: number): PartitionStep[] {
  if (partitions === -1 || partitions === has) return [];
  const differ = `${name} has ${has} partitions and needs ${partitions}`;
  if (own !== undefined)
    return impossible(
      `${differ}, as many as the topics that feed it: what it holds lies in partitions by key. Bring these to ${has} again, or have the app begin anew (weir reset)`,
    );
  if (has > partitions)
    return impossible(
      `${differ}: partitions cannot be taken away. Declare ${has}, or write it anew under another name, or delete it first`,
    );
  const tables = tablesFedBy(topology, name);
  if (tables.length > 0)
    return impossible(
      `${differ}: with more, its keys lie in other partitions than the tables that it feeds (${tables.join(', ')}). Declare ${has}, write it anew under another name with as many as are wanted, or regroup it (groupBy)`,
    );
  return [{ kind: 'grow', from: has, to: partitions }];
}

function impossible(problem: string): PartitionStep[] {
  return [{ kind: 'impossible', problem }];
}

/** The tables that have a part for each partition of a topic. */
function tablesFedBy({ states = [] }: Topology, topic: string): string[] {
  return states.flatMap(({ topics, tables = [], sources = [] }) => [
    ...(topics.some(({ names }) => names.includes(topic)) ? tables.map(({ name }) => name) : []),
    ...sources.filter((source) => source.topic === topic).map(({ table }) => table),
  ]);
}
