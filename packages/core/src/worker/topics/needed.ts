import { type TopicDefinition, topic } from '../../definitions/index.js';
import { deadLetterTopic } from '../../letters/index.js';
import { topicsToProvision } from '../../topics/index.js';
import { repartitionsOf, type Topology, topicsOf } from '../../topology/index.js';
import type { NewTopic } from '../../transport/index.js';
import { anyTimestamp, maxMessageBytes } from './own-settings.js';

/** The topics that must exist: those of the agents, their sinks, the injected ones and the one for dead letters. Of grouped sources see `repartitionTopics`, of tables `changelogTopics`. */
export function neededTopics(topology: Topology): NewTopic[] {
  const setsAside = topology.agents.some((agent) => (agent.errors?.then ?? topology.app.errors?.then ?? 'dead-letter') === 'dead-letter');
  const letters = deadLetterTopic(topology.app.id);
  const deadLetters = setsAside ? [topic(letters, { config: deadLetterConfig(topology) })] : [];
  const moved = new Set(repartitionsOf(topology).map((each) => each.topic));
  const changelogs = new Set((topology.states ?? []).flatMap((state) => state.changelogs));
  const named = topicsOf(topology).filter((each) => !moved.has(each) && !changelogs.has(each.name));
  const wanted = topicsToProvision([...named, ...(deadLetters as TopicDefinition[])]);
  return wanted.map((each) => (each.name === letters ? { ...each, wishes: anyTimestamp } : each));
}

/**
 * A dead letter keeps the time of its original: any retention by time could drop it before anybody has looked at it. And it is larger than that, by the headers
 * that say why.
 */
function deadLetterConfig(topology: Topology): Record<string, string> {
  return {
    'retention.ms': '-1',
    'max.message.bytes': maxMessageBytes(topology),
    'message.timestamp.type': 'CreateTime',
  };
}
