import type { Logger } from 'pino';
import { type AgentReference, type BoundAgent, bindAgent } from '../agents/index.js';
import { type TopicDefinition, topic } from '../definitions/index.js';
import { DefinitionError, loggable, reason } from '../errors/index.js';
import { type Lane, type LaneContext, openLanes } from '../lanes/index.js';
import { DeadLetters, deadLetterTopic } from '../letters/index.js';
import type { TopicPartition } from '../positions/index.js';
import { RunningTimer } from '../tasks/index.js';
import type { Clock } from '../time/index.js';
import { type Topics, topicsToProvision } from '../topics/index.js';
import { type AppOptions, type Topology, topicsOf } from '../topology/index.js';
import { type NewTopic, type Subscription, takesIn } from '../transport/index.js';

/** What a dead-letter topic takes: the largest message that brokers take (1,048,588), and headers. */
const deadLetterMaxBytes = 1_150_000;

/** Compiles the agents and returns what opens the lanes of a partition: one for each agent of its topic. */
export function prepareAgents(
  topology: Topology,
  topics: Topics,
  around: Omit<LaneContext, 'deadLetters' | 'hasExecutions' | 'topic'>,
): (at: TopicPartition) => Lane[] {
  const deadLetters = new DeadLetters(deadLetterTopic(topology.app.id), () => around.clock.now());
  const hasExecutions = topology.topics.length > 0 || around.crashes?.isOn === true;
  const context: LaneContext = { ...around, deadLetters, hasExecutions, topic: (definition) => topics.of(definition) };
  const bindings = {
    errors: topology.app.errors,
    topic: (definition: TopicDefinition) => topics.of(definition),
    topicOf: (reference: AgentReference) => topicOfAgent(topology, reference),
  };
  const agents: [TopicDefinition, BoundAgent][] = topology.agents.map((agent) => [agent.topic, bindAgent(agent, bindings)]);
  return (at) => {
    const readers = agents.filter(([{ names }]) => takesIn(names, at.topic, internalTopics(topology.app))).map(([, agent]) => agent);
    return openLanes(readers, at, context);
  };
}

function topicOfAgent(topology: Topology, reference: AgentReference): TopicDefinition {
  const found = topology.agentOf?.(reference);
  if (found !== undefined) return found.topic;
  const where = `${reference.declaring.name}.${reference.method}`;
  throw new DefinitionError([
    { where, problem: 'it is used as a sink and is no agent of this app', remedy: 'Add its class to the app, or correct the reference' },
  ]);
}

/** The topics that the app keeps for itself: its agents read them only where they name them. */
export function internalTopics({ id }: AppOptions): string[] {
  return [deadLetterTopic(id)];
}

/** The names and patterns that the agents read, each once. */
export function subscriptionOf({ agents }: Topology): Subscription {
  const names = new Map<string, string | RegExp>();
  for (const agent of agents) for (const name of agent.topic.names) names.set(String(name), name);
  return [...names.values()];
}

/** The topics that must exist: those of the agents, their sinks, the injected ones and the one for dead letters. */
export function neededTopics(topology: Topology): NewTopic[] {
  const setsAside = topology.agents.some((agent) => (agent.errors?.then ?? topology.app.errors?.then ?? 'dead-letter') === 'dead-letter');
  const letters = deadLetterTopic(topology.app.id);
  const deadLetters = setsAside ? [topic(letters, { config: deadLetterConfig(topology) })] : [];
  const wanted = topicsToProvision([...topicsOf(topology), ...(deadLetters as TopicDefinition[])]);
  return wanted.map((each) => (each.name === letters ? { ...each, wishes: anyTimestamp } : each));
}

/**
 * A dead letter keeps the time of its original: any retention by time could drop it before anybody has looked at it. And it is larger than that, by the headers
 * that say why.
 */
function deadLetterConfig({ app }: Topology): Record<string, string> {
  const ofClient = Number(app.kafka?.['message.max.bytes'] ?? 0);
  return {
    'retention.ms': '-1',
    'max.message.bytes': String(Math.max(deadLetterMaxBytes, ofClient)),
    'message.timestamp.type': 'CreateTime',
  };
}

/** What a topic of Kafka 3.6 or later needs to take any timestamp (KIP-937): since 4.0 one that is an hour ahead is refused. */
const anyTimestamp = {
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
};

/** The timers, not started. */
export function openTimers({ timers }: Topology, clock: Clock, logger: Logger, moved: () => void): RunningTimer[] {
  const failed = (timer: string, error: unknown) =>
    logger.error({ timer, err: loggable(error) }, `timer ${timer} failed: ${reason(error)}`);
  return timers.map((timer) => new RunningTimer(timer, clock, { failed, moved }));
}
