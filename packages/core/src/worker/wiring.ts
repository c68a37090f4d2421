import { type AgentDescription, type AgentReference, type BoundAgent, bindAgent } from '../agents/index.js';
import type { TopicDefinition } from '../definitions/index.js';
import { DefinitionError } from '../errors/index.js';
import { type Lane, type LaneContext, openLanes } from '../lanes/index.js';
import { DeadLetters, deadLetterTopic } from '../letters/index.js';
import type { AssignmentParts } from '../partitions/index.js';
import { setNote, type TopicPartition } from '../positions/index.js';
import { delayedTopics, type Topics } from '../topics/index.js';
import { repartitionsOf, type StateDescription, type StateSurroundings, type Topology } from '../topology/index.js';
import { type Subscription, takesIn } from '../transport/index.js';
import { withRegrouper } from './regrouper.js';

/** Compiles the agents and returns what opens the lanes of a partition: one for each agent of its topic. */
export function prepareAgents(
  topology: Topology,
  topics: Topics,
  around: Omit<LaneContext, 'deadLetters' | 'hasExecutions' | 'hasMarkers' | 'hasState' | 'topic'>,
): (at: TopicPartition) => Lane[] {
  const deadLetters = new DeadLetters(deadLetterTopic(topology.app.id), () => around.clock.now());
  const states = statesByTopic(topology);
  const changelogs = (topology.states ?? []).flatMap((state) => state.changelogs);
  const marked = new Set([...repartitionsOf(topology).map((each) => each.topic.name), ...changelogs]);
  const hasExecutions = topology.topics.length > 0 || states.size > 0 || around.crashes?.isOn === true;
  const context: LaneContext = {
    ...around,
    deadLetters,
    hasExecutions,
    hasState: (name) => states.has(name),
    hasMarkers: (name) => marked.has(name),
    timeOf: ({ topic, partition }) => states.get(topic)?.timeOf?.(partition, topic),
    parkingOf: (agent, { topic, partition }) => states.get(topic)?.parkingOf?.(partition, agent, topic),
    derivedOf: ({ topic, partition }) => states.get(topic)?.derivedOf?.(partition, topic),
    topic: (definition) => topics.of(definition),
    originPartitionsOf: (name) => origins.get(name)?.partitions,
  };
  const origins = originTimes(topology, states);
  const bindings = {
    originTime: (to: TopicDefinition) => origins.get(to.name)?.time,
    errors: topology.app.errors,
    topic: (definition: TopicDefinition) => topics.of(definition),
    topicOf: (reference: AgentReference) => topicOfAgent(topology, reference),
  };
  const agents: [TopicDefinition, BoundAgent][] = topology.agents
    .map((agent) => withRegrouper(agent, around.clock, around.observers))
    .map((agent) => [agent.topic, bindAgent(agent, bindings)]);
  const internal = internalTopics(topology);
  const derived = new Set((topology.states ?? []).flatMap((state) => state.derived ?? []));
  // A pattern means topics.
  const isReadFrom = ({ name, names, derivedFrom }: TopicDefinition, at: TopicPartition) =>
    derivedFrom !== undefined || derived.has(at.topic) ? name === at.topic : takesIn(names, at.topic, internal);
  return (at) => {
    const readers = agents.filter(([topic]) => isReadFrom(topic, at)).map(([, agent]) => agent);
    return openLanes(readers, at, context);
  };
}

/** Where a repartition topic has its time from. */
export interface OriginOfTime {
  readonly origin: TopicDefinition;
  readonly partitions: number;
  /** The watermark of a partition of the origin; −∞ before there is one. */
  readonly time: (from: TopicPartition) => number;
}

/** The repartition topics whose messages tell how far time has come where they come from: those that are read by what goes by it. */
export function originTimes(topology: Topology, states = statesByTopic(topology)): Map<string, OriginOfTime> {
  return new Map(
    repartitionsOf(topology).flatMap(({ topic, origin }) => {
      const [to, from] = [states.get(topic.name), states.get(origin.name)];
      if (to?.hasWatermark !== true || from?.partitions === undefined) return [];
      const time = (at: TopicPartition) => from.timeOf?.(at.partition, at.topic)?.watermark?.now ?? Number.NEGATIVE_INFINITY;
      return [[topic.name, { origin, partitions: from.partitions, time }] as const];
    }),
  );
}

/** The states of an app by the topics whose agents use them, and by what is derived from them. */
export function statesByTopic({ states = [] }: Topology): Map<string, StateDescription> {
  return new Map(
    states.flatMap((state) =>
      [...state.topics.flatMap(({ names }) => names.map(String)), ...(state.derived ?? [])].map((name) => [name, state] as const),
    ),
  );
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
export function internalTopics({ app, agents, states = [] }: Pick<Topology, 'app' | 'agents' | 'states'>): string[] {
  return [
    deadLetterTopic(app.id),
    ...delayedTopics(app.id),
    ...states.flatMap(({ changelogs }) => changelogs),
    ...repartitionsOf({ agents }).map(({ topic }) => topic.name),
  ];
}

/** Which topics share state, and the state of their groups. */
export function sharedState(
  { states = [] }: Topology,
  around: StateSurroundings,
): Pick<AssignmentParts, 'setOf' | 'setNoteOf' | 'stateOf'> {
  const named = states.flatMap((state) => state.topics.flatMap(({ names }) => names.map((name) => [String(name), state] as const)));
  const byTopic = new Map(named);
  const byName = new Map(states.map((state) => [state.name, state]));
  return {
    setOf: (topic) => byTopic.get(topic)?.name ?? topic,
    setNoteOf: setNotes({ states }),
    stateOf: (set, number) => byName.get(set)?.open(number, around),
  };
}

/** How many partitions the keys of a topic are spread over: of topics that feed tables and that somebody else writes. */
export function keyPartitionsOf({ states = [], agents }: Pick<Topology, 'agents' | 'states'>): Map<string, number> {
  const own = new Set(repartitionsOf({ agents }).map(({ topic }) => topic.name));
  const spread = states.flatMap(({ topics, keyPartitions }) =>
    keyPartitions === undefined ? [] : topics.map(({ name }) => [name, keyPartitions] as const),
  );
  return new Map(spread.filter(([name]) => !own.has(name)));
}

/** The topics of which one worker must have the partitions of one number, because they share state: sets of several, each in order, and alike on every worker. */
export function topicSetsOf({ states = [] }: Pick<Topology, 'states'>): string[][] {
  return states.map(({ topics }) => topics.flatMap(({ names }) => names.map(String)).sort()).filter((names) => names.length > 1);
}

/** Whether any state goes by a watermark. */
export function goesByWatermark({ states = [] }: Pick<Topology, 'states'>): boolean {
  return states.some(({ hasWatermark }) => hasWatermark);
}

/** What is noted beside the offsets of a topic of the set that it belongs to. */
export function setNotes(topology: Pick<Topology, 'states'>): (topic: string) => string | undefined {
  const notes = new Map(topicSetsOf(topology).flatMap((topics) => topics.map((topic) => [topic, setNote(topics)] as const)));
  return (topic) => notes.get(topic);
}

/** The names and patterns that the agents read, each once. */
export function subscriptionOf({ agents }: Topology): Subscription {
  const names = new Map<string, string | RegExp>();
  for (const { topic } of agents.filter(isRead)) for (const name of topic.names) names.set(String(name), name);
  return [...names.values()];
}

/** Whether an agent reads messages, and not what is derived. */
function isRead({ topic }: AgentDescription): boolean {
  return topic.derivedFrom === undefined;
}
