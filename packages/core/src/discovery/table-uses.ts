import { type AppDeclaration, agents } from '../decorators/index.js';
import {
  isSharded,
  isSource,
  isWritten,
  type ShardedDefinition,
  type Source,
  type SourceTopics,
  type TopicDefinition,
} from '../definitions/index.js';
import type { Class } from '../metadata/index.js';
import type { TableUse } from '../topology/index.js';
import { Injections } from './injections.js';

/**
 * The tables of an app and the topics that feed them: those that the agents of a class read feed every table that the class reaches by injection.
 * @param readBy what the agents of a class read
 */
export function tableUses(
  app: AppDeclaration,
  classes: readonly Class[],
  topics: SourceTopics,
  readBy: (declaring: Class) => readonly Source[],
): TableUse[] {
  const graph = new Injections(app);
  const feeds = new Map<ShardedDefinition, Map<string, Feed>>(
    graph
      .all(classes)
      .filter(isSharded)
      .map((definition) => [definition, new Map()]),
  );
  for (const declaring of classes) {
    for (const { definition, way } of graph.reachedFrom(declaring).filter((each) => isSharded(each.definition))) {
      const fed = feeds.get(definition as ShardedDefinition);
      for (const topic of readBy(declaring).flatMap((each) => topics.of(each)))
        if (fed?.has(topic.name) === false) fed.set(topic.name, { topic, way });
    }
  }
  return [...feeds].map(([definition, fed]) => useOf(definition, [...fed.values()], topics));
}

interface Feed {
  readonly topic: TopicDefinition;
  readonly way: string;
}

function useOf(definition: ShardedDefinition, fed: readonly Feed[], topics: SourceTopics): TableUse {
  const like = isWritten(definition) ? definition.options.like : undefined;
  if (like !== undefined) return { definition, topics: topics.of(like), via: [`like: ${like.name}`] };
  return { definition, topics: fed.map(({ topic }) => topic), via: fed.map(({ way }) => way) };
}

/** Whether something says how many partitions a table has. */
export function isFed({ definition, topics }: TableUse): boolean {
  return topics.length > 0 || (isWritten(definition) && definition.options.partitions !== undefined);
}

/** What the agents of a class read, as it is declared. What is no source is a fault by itself. */
export function sourcesRead(declaring: Class): Source[] {
  return agents
    .read(declaring)
    .map(({ value }) => value.source)
    .filter(isSource);
}
