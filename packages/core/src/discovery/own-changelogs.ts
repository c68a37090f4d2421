import { agents } from '../decorators/index.js';
import { changelogTopic, isTopic, type TableDefinition } from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { sinksOf } from './agent-faults.js';
import { givenTo } from './injections.js';

const remedy = 'What stands there is the table: read and write it by @Inject. Or give the topic another name';

/** Classes that read or write the topics that their own app keeps its tables in. @param group the consumer group of the app, whose name its changelogs have */
export function ownChangelogFaults(group: string, classes: readonly Class[], tables: readonly TableDefinition[]): Fault[] {
  const owners = new Map(tables.map((each) => [changelogTopic(group, each), each.name]));
  const changelogIn = (what: unknown): string | undefined =>
    isTopic(what) ? what.names.find((name): name is string => typeof name === 'string' && owners.has(name)) : undefined;
  return classes.flatMap((declaring) => {
    const fault = (member: string | undefined, verb: string, what: unknown): Fault[] => {
      const changelog = changelogIn(what);
      if (changelog === undefined) return [];
      const problem = `it ${verb} '${changelog}', the changelog of the table '${owners.get(changelog)}'`;
      return [{ where: declaring.name, member, problem, remedy }];
    };
    const ofAgents = agents
      .read(declaring)
      .flatMap(({ member, value }) => [
        ...fault(member, 'reads', value.topic),
        ...sinksOf(value).flatMap((sink) => fault(member, 'writes', sink)),
      ]);
    return [...ofAgents, ...givenTo(declaring).flatMap((what) => fault(undefined, 'is given', what))];
  });
}
