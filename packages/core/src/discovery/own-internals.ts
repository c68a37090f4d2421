import { agents } from '../decorators/index.js';
import {
  changelogTopic,
  type GroupedDefinition,
  isSource,
  isTopic,
  originsOf,
  repartitionTopic,
  type WrittenDefinition,
} from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { delayedTopics } from '../topics/index.js';
import { type AppOptions, groupOf } from '../topology/index.js';
import { sinksOf } from './agents/agent-faults.js';
import { givenTo } from './injections.js';

/** What an app keeps in a topic of its own. */
interface Kept {
  readonly what: string;
  readonly remedy: string;
}

/**
 * Classes that read or write the topics that their own app keeps its tables, its grouped sources and its delayed messages in.
 */
export function ownInternalFaults(
  app: Pick<AppOptions, 'id' | 'version' | 'part'>,
  classes: readonly Class[],
  tables: readonly WrittenDefinition[],
  groups: readonly GroupedDefinition[],
): Fault[] {
  const group = groupOf(app);
  const delayed = app.part === undefined ? delayedTopics(app.id).map(delayedOf) : [];
  const kept = new Map([
    ...delayed,
    ...tables.map((each) => changelogOf(group, each)),
    ...groups.map((each) => repartitionOf(group, each)),
  ]);
  const nameIn = (what: unknown): string | undefined =>
    isTopic(what) ? what.names.find((name): name is string => typeof name === 'string' && kept.has(name)) : undefined;
  return classes.flatMap((declaring) => {
    const fault = (member: string | undefined, verb: string, given: unknown): Fault[] => {
      const name = nameIn(given);
      if (name === undefined) return [];
      const { what, remedy } = kept.get(name) as Kept;
      return [{ where: declaring.name, member, problem: `it ${verb} '${name}', ${what}`, remedy }];
    };
    const ofAgents = agents
      .read(declaring)
      .flatMap(({ member, value: { source, ...rest } }) => [
        ...(isSource(source) ? originsOf(source) : []).flatMap((topic) => fault(member, 'reads', topic)),
        ...sinksOf(rest).flatMap((sink) => fault(member, 'writes', sink)),
      ]);
    return [...ofAgents, ...givenTo(declaring).flatMap((what) => fault(undefined, 'is given', what))];
  });
}

function delayedOf(topic: string): [topic: string, kept: Kept] {
  const remedy =
    'What stands there is moved on when it is due: send with at, and read the topic that it goes to. Or give the topic another name';
  return [topic, { what: 'where delayed messages of the app wait', remedy }];
}

function changelogOf(group: string, table: WrittenDefinition): [topic: string, kept: Kept] {
  const remedy = 'What stands there is the table: read and write it by @Inject. Or give the topic another name';
  return [changelogTopic(group, table), { what: `the changelog of the table '${table.name}'`, remedy }];
}

function repartitionOf(group: string, grouped: GroupedDefinition): [topic: string, kept: Kept] {
  const remedy = 'Read what groupBy() returned, and write to what it was called on. Or give the topic another name';
  return [repartitionTopic(group, grouped), { what: `the topic of the group '${grouped.name}'`, remedy }];
}
