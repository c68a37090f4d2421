import { isAgentReference, isRegrouping } from '../../agents/index.js';
import { isTopic, logTopic, originOf } from '../../definitions/index.js';
import { groupOf, passingTopics, repartitionsOf, type Topology } from '../../topology/index.js';
import { internalTopics } from '../wiring.js';
import { neededTopics } from './needed.js';

/** An operation of Kafka that an access control list allows. */
export type Operation = 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';

/** What the principal of an app must be allowed to do with something. */
export interface Right {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly name: string;
  /** How `name` is meant. A list of Kafka knows no regular expressions: what such a topic needs is granted for its matches, or for how these begin. */
  readonly pattern: 'literal' | 'prefixed' | 'regexp';
  readonly operations: readonly Operation[];
}

/** What workers of an app need, and no more. Topics that handlers only name when they forward are not known. */
export function rightsOf(topology: Topology): Right[] {
  const { app } = topology;
  const group = groupOf(app);
  const hasTransactions = app.guarantee === 'exactly-once' || changelogsOf(topology).length > 0;
  return [
    ...topicRights(topology),
    ...(topology.agents.length > 0 ? [right('group', group, 'literal', ['READ', 'DESCRIBE'])] : []),
    ...(hasTransactions ? [right('transactional-id', `${group}-`, 'prefixed', ['WRITE', 'DESCRIBE'])] : []),
  ];
}

function right(resource: Right['resource'], name: string, pattern: Right['pattern'], operations: readonly Operation[]): Right {
  return { resource, name, pattern, operations };
}

function topicRights(topology: Topology): Right[] {
  const { topics: policy = 'create' } = topology.app;
  const read = readBy(topology);
  const written = writtenBy(topology);
  const moved = repartitionsOf(topology).map(({ topic }) => topic.name);
  const passing = passingTopics(topology);
  const needed = [...neededTopics(topology).map(({ name }) => name), ...moved, ...changelogsOf(topology)];
  const compared = [...passing, ...changelogsOf(topology)];
  const names = new Map<string, string | RegExp>([...needed, ...read, ...written].map((name) => [String(name), name]));
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([shown, name]) => {
      const operations: Operation[] = ['DESCRIBE'];
      if (read.some((each) => String(each) === shown)) operations.unshift('READ');
      if (typeof name !== 'string') return right('topic', shown, 'regexp', operations);
      if (written.includes(name)) operations.push('WRITE');
      if (policy === 'create' && needed.includes(name)) operations.push('CREATE');
      if (policy !== 'off' && compared.includes(name)) operations.push('DESCRIBE_CONFIGS');
      // What was read is deleted from them.
      if (passing.includes(name)) operations.push('DELETE');
      return right('topic', name, 'literal', operations);
    });
}

function changelogsOf({ states = [] }: Pick<Topology, 'states'>): string[] {
  return states.flatMap(({ changelogs }) => changelogs);
}

/** By agents, and to bring tables back. */
function readBy({ app, agents, tables = [], globals = [], states }: Topology): (string | RegExp)[] {
  const views = tables.map(({ definition }) => originOf(definition)).filter(isTopic);
  return [
    ...agents.flatMap(({ topic }) => (topic.derivedFrom === undefined ? topic.names : [])),
    ...views.map(({ name }) => name),
    ...globals.map((definition) => logTopic(groupOf(app), definition)),
    ...changelogsOf({ states }),
  ];
}

function writtenBy(topology: Topology): string[] {
  const { agents, topics, agentOf } = topology;
  const sinks = agents
    .flatMap(({ sinks = [] }) => sinks as readonly unknown[])
    .flatMap((sink) => {
      if (isTopic(sink)) return [sink];
      if (isRegrouping(sink)) return [sink.topic];
      const agent = isAgentReference(sink) ? agentOf?.(sink) : undefined;
      return agent === undefined ? [] : [agent.topic];
    });
  const needed = new Set(neededTopics(topology).map(({ name }) => name));
  const own = internalTopics(topology).filter((name) => needed.has(name));
  return [...sinks.map(({ name }) => name), ...topics.map(({ name }) => name), ...own, ...changelogsOf(topology)];
}
