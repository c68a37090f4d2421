import { type AgentDescription, type AgentReference, type BoundAgent, bindAgent } from '../agents/index.js';
import { type TopicDefinition, topic } from '../definitions/index.js';
import { DefinitionError, TransportError } from '../errors/index.js';
import { type Lane, type LaneContext, openLanes } from '../lanes/index.js';
import { DeadLetters, deadLetterTopic } from '../letters/index.js';
import type { AssignmentParts } from '../partitions/index.js';
import { setNote, type TopicPartition } from '../positions/index.js';
import type { SourceUse } from '../tables/index.js';
import { type Topics, topicsToProvision } from '../topics/index.js';
import { repartitionsOf, type StateDescription, type StateSurroundings, type Topology, topicsOf } from '../topology/index.js';
import { type Admin, type NewTopic, type Subscription, type TopicInfo, takesIn } from '../transport/index.js';
import { withRegrouper } from './regrouper.js';

/** What an internal topic for messages of others takes: the largest message that brokers take (1,048,588), and headers. */
const roomyBytes = 1_150_000;

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
  return (at) => {
    const readers = agents.filter(([{ names }]) => takesIn(names, at.topic, internal)).map(([, agent]) => agent);
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

/** How many partitions keys are placed in, by topic: of those that feed tables and that somebody else writes. */
export function placesOf({ states = [], agents }: Pick<Topology, 'agents' | 'states'>): Map<string, number> {
  const own = new Set(repartitionsOf({ agents }).map(({ topic }) => topic.name));
  const placed = states.flatMap(({ topics, placedIn }) =>
    placedIn === undefined ? [] : topics.map(({ name }) => [name, placedIn] as const),
  );
  return new Map(placed.filter(([name]) => !own.has(name)));
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
 * The changelogs that must exist, each with as many partitions as the topics whose state it keeps.
 * @throws TransportError `TOPIC_MISSING`, or `TOPIC_MISMATCH` where these have different numbers
 */
export async function changelogTopics({ states = [], agents }: Topology, admin: Pick<Admin, 'describe'>): Promise<NewTopic[]> {
  const read = new Set(agents.map(({ topic }) => topic.name));
  const wanted: NewTopic[] = [];
  for (const state of inOrder(states)) {
    const partitions = await partitionsOf(state, admin, wanted);
    state.connect?.(partitions);
    for (const name of state.changelogs) {
      const config = read.has(name) ? { ...changelogConfig, 'min.compaction.lag.ms': compactionLagMs } : changelogConfig;
      wanted.push({ name, partitions, replicas: -1, config, wishes: anyTimestamp });
    }
  }
  return wanted;
}

/** Each after those whose changes feed it. */
function inOrder(states: readonly StateDescription[]): StateDescription[] {
  const open = new Set(states);
  const ordered: StateDescription[] = [];
  const waitsFor = (state: StateDescription, other: StateDescription) =>
    other !== state && state.topics.some(({ name }) => other.changelogs.includes(name));
  while (open.size > 0) {
    const next = [...open].find((state) => ![...open].some((other) => waitsFor(state, other))) ?? [...open][0];
    open.delete(next);
    ordered.push(next);
  }
  return ordered;
}

/** @param toCome changelogs that are not created yet */
async function partitionsOf(
  { topics, changelogs, sources = [] }: StateDescription,
  admin: Pick<Admin, 'describe'>,
  toCome: readonly NewTopic[],
): Promise<number> {
  // Its own changelogs have as many as the others, or are refused.
  const names = topics.flatMap(({ names }) => names.map(String)).filter((name) => !changelogs.includes(name));
  const needed = [...new Set([...names, ...sources.map(({ topic }) => topic)])];
  const described = await admin.describe(needed.filter((name) => !toCome.some((each) => each.name === name)));
  const known = [...described, ...toCome.filter(({ name }) => needed.includes(name))];
  const missing = needed.filter((name) => !known.some((each) => each.name === name));
  if (missing.length > 0)
    throw new TransportError(`topics are missing: ${missing.join(', ')}. Create them, or start with topics: 'create'`, {
      code: 'TOPIC_MISSING',
    });
  const found = known.filter(({ name }) => names.includes(name));
  const [first, ...others] = found;
  const other = others.find(({ partitions }) => partitions !== first.partitions);
  if (other === undefined) {
    for (const source of sources) mustFit(source, first, known);
    return first.partitions;
  }
  const both = `${first.name} has ${first.partitions} and ${other.name} has ${other.partitions}`;
  throw new TransportError(
    `topics that share state must have the same number of partitions: ${both}, and both feed ${changelogs.join(', ')}. Bring one to the number of the other`,
    { code: 'TOPIC_MISMATCH' },
  );
}

/** @throws TransportError `TOPIC_MISMATCH` where the topic that a table is the view of has another number of partitions */
function mustFit({ table, topic, via }: SourceUse, first: TopicInfo, known: readonly TopicInfo[]): void {
  const found = known.find(({ name }) => name === topic);
  if (found === undefined || found.partitions === first.partitions) return;
  throw new TransportError(
    `${topic} has ${found.partitions} partitions and ${first.name} has ${first.partitions}: the table ${table} is the view of ${topic}, and events of ${first.name} look up in it (${via}), so both need the same number. Bring one to the number of the other, regroup it (groupBy), or use a globalTable, which every worker has whole`,
    { code: 'TOPIC_MISMATCH' },
  );
}

/** How long a changelog keeps every change whose reader may be behind: a day. */
const compactionLagMs = String(24 * 60 * 60 * 1000);

/** A store that was away for less than half of `delete.retention.ms` sees every tombstone. */
const changelogConfig = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(64 * 1024 * 1024),
  'min.cleanable.dirty.ratio': '0.2',
  'delete.retention.ms': String(7 * 24 * 60 * 60 * 1000),
  'message.timestamp.type': 'CreateTime',
  // What an entry is kept to, whatever the cluster has as its default.
  'max.message.bytes': '1048588',
};

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

/** What messages of others need that are written again with more beside them. @param declared what their own topic takes, where that is said */
export function maxMessageBytes({ app }: Topology, declared = 0): string {
  return String(Math.max(roomyBytes, declared, Number(app.kafka?.['message.max.bytes'] ?? 0)));
}

/** What a topic of Kafka 3.6 or later needs to take any timestamp (KIP-937): since 4.0 one that is an hour ahead is refused. */
export const anyTimestamp = {
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
};
