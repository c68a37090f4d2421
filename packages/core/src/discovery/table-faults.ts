import { type AppDeclaration, agents } from '../decorators/index.js';
import {
  type AnyTableDefinition,
  type ChangesDefinition,
  type DerivedDefinition,
  type GlobalTableDefinition,
  isChanges,
  isDedupe,
  isDerived,
  isGlobalTable,
  isGrouped,
  isJoin,
  isSchedule,
  isSharded,
  isSource,
  isTable,
  isWindowedTable,
  isWritable,
  isWritten,
  keptFor,
  type ScheduleDefinition,
  type Source,
  SourceTopics,
  type TableDefinition,
  type WindowedTableDefinition,
  type WrittenDefinition,
  withParts,
} from '../definitions/index.js';
import type { Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { groupOf } from '../topology/index.js';
import { doubles } from './doubles.js';
import { givenTo, Injections } from './injections.js';
import { sourcesRead } from './sources-read.js';
import { isFed, tableUses } from './table-uses.js';

/** What is wrong with the tables of an app together, and with what feeds them. @param tables every one that is injected */
export function tableFaults(app: AppDeclaration, classes: readonly Class[], tables: readonly AnyTableDefinition[]): Fault[] {
  return [
    ...doubles(tables, 'table', 'tables are told apart by their names'),
    ...changesOfNothing(app, classes),
    ...closedForSeveral(classes),
    ...namedAsTopics(app, classes, tables.filter(isSchedule)),
    ...lateForNobody(classes, tables.filter(isWindowedTable)),
    ...emittedToNobody(classes, tables.filter(isWindowedTable)),
    ...copiesOfNothing(app, classes, tables.filter(isGlobalTable)),
    ...unfed(app, classes),
    ...likeUnread(classes, tables.filter(isWritten)),
    ...severalTopics(app, classes),
  ];
}

/** Tables of which nothing says how many partitions they have. */
function unfed(app: AppDeclaration, classes: readonly Class[]): Fault[] {
  const uses = tableUses(app, classes, new SourceTopics(groupOf(app)), sourcesRead).filter((use) => !isFed(use));
  const hasAgents = classes.some((each) => sourcesRead(each).length > 0);
  return uses.map(({ definition }) => {
    const holders = classes.filter((each) => givenTo(each).includes(definition)).map(({ name }) => name);
    const place = holders.length === 0 ? '' : `: it is injected into ${holders.join(', ')}`;
    return {
      where: `table '${definition.name}'`,
      problem: hasAgents
        ? `no class with an agent reaches it by injection${place}`
        : `no agent of the app reads a topic that feeds it${place}`,
      remedy: isWritten(definition)
        ? 'Inject it, or a service that has it, into a class with an agent; or say like: topic or partitions: n'
        : 'Inject it, or a service that has it, into a class with an agent; or use a globalTable, which every worker has whole',
    };
  });
}

/** Copies of tables that nobody writes. */
function copiesOfNothing(app: AppDeclaration, classes: readonly Class[], copies: readonly GlobalTableDefinition[]): Fault[] {
  const injected = new Injections(app).all(classes);
  return copies.flatMap(({ name, options: { source } }) => {
    if (!isTable(source) || injected.includes(source)) return [];
    const problem = `it is a copy of the table '${source.name}', which no class of the app is given`;
    return [
      {
        where: `global table '${name}'`,
        problem,
        remedy: 'Inject that table where it is written; of the table of another app, name its changelog as a topic',
      },
    ];
  });
}

/** Agents that read changes, or windows, of tables that nobody writes. */
function changesOfNothing(app: AppDeclaration, classes: readonly Class[]): Fault[] {
  const injected = new Injections(app).all(classes);
  return classes.flatMap((declaring) =>
    agents.read(declaring).flatMap(({ member, value: { source } }) =>
      (isSource(source) ? withParts([source]) : []).filter(isOfTable).flatMap((part) => {
        const table = isChanges(part) ? part.table : keptFor(part);
        if (isJoin(part) || injected.includes(table as TableDefinition)) return [];
        const problem = `it reads ${what[part.kind]} '${table.name}', which no class of the app is given`;
        return [{ where: declaring.name, member, problem, remedy: 'Inject that table where it is written' }];
      }),
    ),
  );
}

const what = {
  changes: 'the changes of the table',
  closed: 'the closed windows of the table',
  late: 'the late events of the table',
  updates: 'the changes of the table',
  schedule: 'the schedule',
  join: 'the join',
};

function isOfTable(part: unknown): part is ChangesDefinition | DerivedDefinition {
  return isChanges(part) || isDerived(part);
}

/** Late events that were asked for, and nobody reads. */
function lateForNobody(classes: readonly Class[], tables: readonly WindowedTableDefinition[]): Fault[] {
  const read = withParts(classes.flatMap(sourcesRead));
  return tables.flatMap(({ name, windowing, late }) => {
    if (windowing.options?.onLate !== 'source' || read.includes(late)) return [];
    const problem = "onLate is 'source', and no agent of the app reads its late events";
    return [{ where: `windowed table '${name}'`, problem, remedy: 'Read them (table.late), or leave onLate out: they are counted' }];
  });
}

/** Changes that were asked for every so often, and nobody reads. */
function emittedToNobody(classes: readonly Class[], tables: readonly WindowedTableDefinition[]): Fault[] {
  const read = withParts(classes.flatMap(sourcesRead));
  return tables.flatMap(({ name, windowing, changes }) => {
    if (windowing.options?.emit === undefined || read.includes(changes)) return [];
    const problem = 'it has emit, and no agent of the app reads its changes';
    return [{ where: `windowed table '${name}'`, problem, remedy: 'Read them (table.changes), or leave emit out' }];
  });
}

/** Schedules whose events would be taken for those of a topic. */
function namedAsTopics(app: AppDeclaration, classes: readonly Class[], schedules: readonly ScheduleDefinition[]): Fault[] {
  const topics = new SourceTopics(groupOf(app));
  const read = classes.flatMap(sourcesRead).flatMap((source) => topics.of(source));
  const names = new Set(read.filter(({ derivedFrom }) => derivedFrom === undefined).map(({ name }) => name));
  return schedules
    .filter(({ name }) => names.has(name))
    .map(({ name }) => ({
      where: `schedule '${name}'`,
      problem: `it is called as the topic ${name}, which the app reads`,
      remedy: 'Give it another name',
    }));
}

/** What is derived, or remembered, and several agents would handle: which of them has, nothing would tell after a restart. */
function closedForSeveral(classes: readonly Class[]): Fault[] {
  const readers = classes.flatMap((declaring) =>
    agents
      .read(declaring)
      .flatMap(({ member, value: { source } }) => (isDerived(source) || isDedupe(source) ? [{ declaring, member, source }] : [])),
  );
  return readers.flatMap(({ declaring, member, source }, index) => {
    const first = readers.findIndex((each) => each.source === source);
    if (first === index) return [];
    const other = `${readers[first].declaring.name}.${readers[first].member}`;
    return [
      {
        where: declaring.name,
        member,
        problem: `it reads ${source.name}, as ${other} does: what is ${isDedupe(source) ? 'remembered' : 'derived'} is for one agent`,
        remedy: 'Do both in one, or have it write a topic that both read',
      },
    ];
  });
}

/** Tables that are like a source whose topic nobody would write. */
function likeUnread(classes: readonly Class[], tables: readonly WrittenDefinition[]): Fault[] {
  const read = withParts(classes.flatMap(sourcesRead));
  return tables.flatMap(({ name, options: { like } }) => {
    if (!isGrouped(like) || read.includes(like)) return [];
    const problem = `it is like ${like.name}, which no agent of the app reads`;
    return [{ where: `table '${name}'`, problem, remedy: 'Read it by an agent, or say partitions: n' }];
  });
}

/** Agents that would feed a table from partitions that have nothing to do with each other. */
function severalTopics(app: AppDeclaration, classes: readonly Class[]): Fault[] {
  const graph = new Injections(app);
  const topics = new SourceTopics(groupOf(app));
  const isSeveral = (source: Source) => isSource(source) && topics.of(source).some((topic) => !isWritable(topic));
  return classes.flatMap((declaring) => {
    const fed = graph
      .reachedFrom(declaring)
      .filter(({ definition }) => isSharded(definition) && !(isWritten(definition) && definition.options.like !== undefined));
    const several = agents.read(declaring).filter(({ value }) => isSeveral(value.source));
    return several.flatMap(({ member, value }) =>
      fed.map(({ definition, way }) => ({
        where: declaring.name,
        member,
        problem: `it reads ${value.source.name} and feeds the table '${definition.name}' (${way}), which needs topics of one name each`,
        remedy: 'Read the topics by agents of their own; or, if it does not write the table, say which topic does with like',
      })),
    );
  });
}
