import type { AppDeclaration } from '../decorators/index.js';
import { isTable, type Schema, SourceTopics, schemaName, type TopicDefinition } from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { groupOf, type TableUse } from '../topology/index.js';
import { sourcesRead } from './sources-read.js';
import { tableUses } from './table-uses.js';

/**
 * Tables that are fed under keys of several encodings. A key lives where its bytes put it, by the codec of the topic: those of `'string'` and `'json'` differ, and
 * so do their partitions.
 */
export function keyFaults(app: AppDeclaration, classes: readonly Class[]): Fault[] {
  const uses = tableUses(app, classes, new SourceTopics(groupOf(app)), sourcesRead);
  return uses.filter(({ definition }) => !isTable(definition) || definition.options.placement !== 'event').flatMap(faultOf);
}

function faultOf({ definition: { name }, topics, via }: TableUse): Fault[] {
  const [first, ...others] = topics;
  const at = others.findIndex((other) => keyOf(other) !== keyOf(first));
  if (at === -1) return [];
  const told = (topic: TopicDefinition, way: string) => `${topic.name} (key: ${schemaName(keyOf(topic))}, by ${way})`;
  return [
    {
      where: `table '${name}'`,
      problem: `the topics that feed it encode their keys differently: ${told(first, via[0])} and ${told(others[at], via[at + 1])}. The same key would lie in two partitions`,
      remedy: "Declare their keys alike, regroup one of them (groupBy), or keep state by partition with placement: 'event'",
    },
  ];
}

function keyOf({ options }: TopicDefinition): Schema {
  // Those of windows begin with those of their table, and lie with them.
  return (options.key as { readonly keys?: Schema } | undefined)?.keys ?? options.key ?? 'string';
}
