import { type ErrorsOption, errorPolicy } from '../../agents/index.js';
import { type AgentDeclaration, agents } from '../../decorators/index.js';
import {
  isSource,
  isWritable,
  type RetriesDefinition,
  retriesOf,
  type SourceTopics,
  type TopicDefinition,
} from '../../definitions/index.js';
import type { Fault } from '../../errors/index.js';
import type { Class, Declared } from '../../metadata/index.js';
import type { TableUse } from '../../topology/index.js';

/** An agent that parks events that fail, and where. */
export interface Retrying {
  readonly declaring: Class;
  readonly member: string;
  readonly definition: RetriesDefinition;
  readonly use: TableUse;
}

/** The durable retry of an agent: its own, else that of its app. */
function durableOf({ errors }: AgentDeclaration, ofApp: ErrorsOption | undefined): unknown {
  return errors?.retry?.durable ?? ofApp?.retry?.durable ?? false;
}

/** What agents of some classes park. Those that cannot are left out: that is a fault. @param isMeant those that are meant. @default all */
export function retriesIn(
  classes: readonly Class[],
  errors: ErrorsOption | undefined,
  topics: SourceTopics,
  isMeant: (declaring: Class, declared: Declared<AgentDeclaration>) => boolean = () => true,
): Retrying[] {
  return classes.flatMap((declaring) =>
    agents
      .read(declaring)
      .filter((declared) => isMeant(declaring, declared))
      .flatMap(({ member, value }) => retrying(declaring, member, value, errors, topics)),
  );
}

function retrying(
  declaring: Class,
  member: string,
  value: AgentDeclaration,
  errors: ErrorsOption | undefined,
  topics: SourceTopics,
): Retrying[] {
  const name = value.name ?? `${declaring.name}.${member}`;
  const max = parkedMaxOf(value, errors);
  if (max === 0 || parkingProblem(value, topics) !== undefined) return [];
  const read = topics.of(value.source).filter(isLog);
  const definition = retriesOf(name, read, { max, isInOrder: value.concurrency?.by !== 'none' });
  const via = read.map(() => `${name}: errors.retry.durable`);
  return [{ declaring, member, definition, use: { definition, topics: read, via } }];
}

/** 0 also where the option is wrong: that is a fault by itself. */
function parkedMaxOf({ errors: own }: AgentDeclaration, ofApp: ErrorsOption | undefined): number {
  try {
    return errorPolicy(ofApp, own).parkedMax;
  } catch {
    return 0;
  }
}

function isLog({ derivedFrom }: TopicDefinition): boolean {
  return derivedFrom === undefined;
}

/** Why an agent cannot park what it reads. */
function parkingProblem({ kind, batch, source }: AgentDeclaration, topics: SourceTopics): string | undefined {
  if (kind === 'stream') return 'an @Agent loops over its events in order';
  if (batch !== undefined) return 'it has batch, and arrays fail and run together';
  if (!isSource(source)) return undefined;
  const read = topics.of(source);
  const several = read.find((topic) => isLog(topic) && !isWritable(topic));
  if (several !== undefined) return `it reads ${several.name}, which is not one topic`;
  return read.every(isLog) ? undefined : `it reads what is derived from ${source.name}, which is no message`;
}

/** Agents that are to park what they cannot. @param errors those of the app */
export function retryFaults(classes: readonly Class[], errors: ErrorsOption | undefined, topics: SourceTopics): Fault[] {
  return classes.flatMap((declaring) =>
    agents.read(declaring).flatMap(({ member, value }): Fault[] => {
      const problem = durableOf(value, errors) === false ? undefined : parkingProblem(value, topics);
      if (problem === undefined) return [];
      const remedy = 'Use a @Handler of single messages of named topics, or say errors: { retry: { durable: false } } here';
      return [{ where: declaring.name, member, problem: `it has errors.retry.durable, and ${problem}`, remedy }];
    }),
  );
}
