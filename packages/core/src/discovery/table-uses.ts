import type { AppDeclaration } from '../decorators/index.js';
import {
  isDerived,
  isSharded,
  isWritten,
  keptFor,
  type ShardedDefinition,
  type Source,
  type SourceTopics,
  type TopicDefinition,
} from '../definitions/index.js';
import type { Class } from '../metadata/index.js';
import type { TableUse } from '../topology/index.js';
import { Injections } from './injections.js';
import { joinsIn } from './sources-read.js';

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
  const through: [fed: ShardedDefinition, from: ShardedDefinition, way: string][] = [];
  for (const declaring of classes) {
    for (const { definition, way } of graph.reachedFrom(declaring).filter((each) => isSharded(each.definition))) {
      for (const topic of readBy(declaring).flatMap((each) => topics.of(each))) {
        const { derivedFrom } = topic;
        if (isDerived(derivedFrom)) through.push([definition as ShardedDefinition, keptFor(derivedFrom), way]);
        else feed(feeds.get(definition as ShardedDefinition), { topic, way });
      }
    }
  }
  for (const declaring of classes)
    for (const { name, tables, sources } of joinsIn(readBy(declaring)))
      for (const definition of tables.filter(isSharded))
        for (const topic of sources.flatMap((source) => topics.of(source))) feed(feeds.get(definition), { topic, way: name });
  feedThrough(feeds, through, topics);
  return [...feeds].map(([definition, fed]) => useOf(definition, [...fed.values()], topics));
}

type Feeds = Map<string, Feed>;

/** @returns whether that is new */
function feed(feeds: Feeds | undefined, each: Feed): boolean {
  if (feeds?.has(each.topic.name) !== false) return false;
  feeds.set(each.topic.name, each);
  return true;
}

/** What is derived from a table comes from the topics that feed it: a table that is written for that lies with it. */
function feedThrough(
  feeds: ReadonlyMap<ShardedDefinition, Feeds>,
  through: readonly (readonly [fed: ShardedDefinition, from: ShardedDefinition, way: string])[],
  topics: SourceTopics,
): void {
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const [fed, from, way] of through)
      for (const topic of useOf(from, [...(feeds.get(from)?.values() ?? [])], topics).topics)
        if (feed(feeds.get(fed), { topic, way })) isNew = true;
  }
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
