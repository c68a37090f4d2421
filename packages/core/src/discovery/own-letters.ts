import { type AgentReference, isAgentReference } from '../agents/index.js';
import { type AgentDeclaration, agents } from '../decorators/index.js';
import { isGrouped, isSource, isTopic, originsOf, type TopicDefinition, withParts } from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import { deadLetterTopic } from '../letters/index.js';
import type { Class } from '../metadata/index.js';
import type { AppOptions } from '../topology/index.js';
import { takesIn } from '../transport/index.js';

interface Declaration {
  readonly declaring: Class;
  readonly member: string;
  readonly value: AgentDeclaration;
}

/** Agents that read what their own app sets aside and would feed it again: with what fails there, or by their sinks. */
export function ownLetterFaults(app: Pick<AppOptions, 'id' | 'errors'>, classes: readonly Class[]): Fault[] {
  const letters = deadLetterTopic(app.id);
  const all = classes.flatMap((each) => agents.read(each).map((declared): Declaration => ({ declaring: each, ...declared })));
  const ofLetters = all.filter(({ value }) => topicsRead(value).some(({ names }) => names.includes(letters)));
  return ofLetters.flatMap(({ declaring, member, value }) => {
    const problems: [string, string][] = [];
    const ofApp = app.errors?.then ?? 'dead-letter';
    // What fails while it is grouped follows the policy of the app.
    const policies = [
      value.errors?.then ?? ofApp,
      ...withParts([value.source])
        .filter(isGrouped)
        .map(() => ofApp),
    ];
    if (policies.includes('dead-letter'))
      problems.push([
        `it reads '${letters}', to which a message that fails here would come back for ever`,
        "Say errors: { then: 'skip' } or { then: 'stop' }. To run dead letters again there is weir dlq replay",
      ]);
    if (reachable(value, all, letters).has(letters))
      problems.push([`what it reads from '${letters}' comes back there by sinks, for ever`, 'Give another topic to one of the sinks']);
    return problems.map(([problem, remedy]) => ({ where: declaring.name, member, problem, remedy }));
  });
}

/** The topics that results of an agent come to, over its sinks and the sinks of those that read them. */
function reachable(from: AgentDeclaration, all: readonly Declaration[], letters: string): Set<string> {
  const reached = new Set<string>();
  const follow = (value: AgentDeclaration): void => {
    for (const topic of sinkTopics(value, all)) {
      if (reached.has(topic)) continue;
      reached.add(topic);
      for (const other of all) if (topicsRead(other.value).some(({ names }) => takesIn(names, topic, [letters]))) follow(other.value);
    }
  };
  follow(from);
  return reached;
}

function sinkTopics({ sinks = [] }: AgentDeclaration, all: readonly Declaration[]): string[] {
  const definitions = sinks.flatMap((sink) => {
    if (isTopic(sink)) return [sink];
    return isAgentReference(sink) ? topicOf(sink, all) : [];
  });
  return definitions.flatMap(({ names }) => names.filter((name) => typeof name === 'string'));
}

function topicOf({ declaring, method }: AgentReference, all: readonly Declaration[]): TopicDefinition[] {
  const agent = all.find((each) => each.declaring === declaring && each.member === method);
  return isTopic(agent?.value.source) ? [agent.value.source] : [];
}

/** The topics of others whose messages reach an agent. */
function topicsRead({ source }: AgentDeclaration): TopicDefinition[] {
  return isSource(source) ? originsOf(source) : [];
}
