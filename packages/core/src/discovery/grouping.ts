import type { AgentDescription } from '../agents/index.js';
import { type GroupedDefinition, isGrouped, type Source, type SourceTopics, withParts } from '../definitions/index.js';

/** The agents that write the topics of the grouped sources on which some sources stand: one for each topic that is read for it. */
export function regrouping(sources: readonly Source[], topics: SourceTopics): AgentDescription[] {
  return withParts(sources)
    .filter(isGrouped)
    .flatMap((grouped) =>
      topics.of(grouped.origin).map(
        (topic): AgentDescription => ({
          kind: 'event',
          name: regroupingName(grouped),
          topic,
          run: grouped.by,
          sinks: [{ kind: 'regrouping', topic: topics.repartitionOf(grouped) }],
          errors: { retry: { durable: false } },
        }),
      ),
    );
}

/** What lists, logs and dead letters call the agent of a grouped source. */
export function regroupingName({ name }: GroupedDefinition): string {
  return `${name} (groupBy)`;
}
