import type { AgentDescription, AgentReference, ErrorsOption } from '../agents/index.js';
import { type AgentDeclaration, type AppDeclaration, agents, apps, hooks } from '../decorators/index.js';
import {
  type DerivedDefinition,
  type GroupedDefinition,
  type InjectableDefinition,
  isChanges,
  isDedupe,
  isDerived,
  isGlobalTable,
  isGrouped,
  isInjectable,
  isJoin,
  isLookup,
  isTopic,
  isWindowedTable,
  parkedTopic,
  type Source,
  SourceTopics,
  type TableDefinition,
  type TopicDefinition,
  withParts,
} from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class, Declared } from '../metadata/index.js';
import { windowChanges, windowKeysOf } from '../tables/index.js';
import {
  type AppOptions,
  type BoundComponent,
  bindComponent,
  type Component,
  type ComponentMember,
  components,
  groupOf,
  type Hook,
  type TableUse,
  type Topology,
} from '../topology/index.js';
import { type Retrying, retriesIn } from './agents/retries.js';
import { faultsOf } from './faults.js';
import { regrouping } from './grouping.js';
import { Injections } from './injections.js';
import { classOf, providersOf } from './providers.js';
import { sourcesRead } from './sources-read.js';
import { isFed, tableUses } from './table-uses.js';

/** The instances of classes, as the container made them: each after those it is given. */
export type Instances = ReadonlyMap<Class, object>;

/** What decorated classes declare, checked and free of reflection. */
export interface Discovery {
  readonly app: AppDeclaration;
  /** The classes that take part: the app's and those of its providers. */
  readonly classes: readonly Class[];
  /** The topics and tables that are injected anywhere. */
  readonly injected: readonly InjectableDefinition[];
  /** The tables that are injected anywhere, and what feeds them. */
  readonly tables: readonly TableUse[];
  /** The tables whose changes agents read. */
  readonly changed: readonly TableDefinition[];
  /** What agents handle that is derived from what the app keeps. */
  readonly derived: readonly DerivedDefinition[];
  /** The grouped sources that agents read or that others are made from, each after what it is made from. */
  readonly groups: readonly GroupedDefinition[];
  /**
   * The topology, with the methods of these instances. Hooks run in the order in which they were made.
   * @param app the options that it runs with. Default: those that are declared
   */
  topology(instances: Instances, app?: AppOptions): Topology;
}

/**
 * Reads what a decorated app declares.
 * @throws DefinitionError with every fault of every class
 */
export function discover(appClass: Class): Discovery {
  const app = typeof appClass === 'function' ? apps.read(appClass) : undefined;
  if (app === undefined || app === null) throw new DefinitionError([notAnApp(appClass)]);
  const classes = [
    appClass,
    ...providersOf(app)
      .map(classOf)
      .filter((each) => each !== undefined),
  ];
  const faults = faultsOf(appClass, app, classes);
  if (faults.length > 0) throw new DefinitionError(faults);
  const injected = new Injections(app).all(classes).filter(isInjectable);
  const topics = new SourceTopics(groupOf(app));
  const topology = (instances: Instances, options: AppOptions = app) =>
    compile({ app, errors: options.errors, classes, topics: new SourceTopics(groupOf(options)), instances }, injected);
  return {
    ...{ app, classes, injected, topology },
    tables: [...tableUses(app, classes, topics, sourcesRead), ...retriesIn(classes, app.errors, topics).map(({ use }) => use)],
    changed: withParts(classes.flatMap(sourcesRead))
      .filter(isChanges)
      .map(({ table }) => table as TableDefinition),
    derived: withParts(classes.flatMap(sourcesRead)).filter(isDerived),
    groups: withParts(classes.flatMap(sourcesRead)).filter(isGrouped),
  };
}

function notAnApp(given: Class): Fault {
  return { where: given?.name || String(given), problem: 'it is not an app', remedy: 'Decorate the class with @App({ id: … })' };
}

/** What a topology is made from. */
interface Parts {
  readonly app: AppDeclaration;
  /** Those that it runs with. */
  readonly errors: ErrorsOption | undefined;
  readonly classes: readonly Class[];
  readonly topics: SourceTopics;
  readonly instances: Instances;
}

function compile(parts: Parts, injected: readonly InjectableDefinition[]): Topology {
  const { app, errors, classes, topics, instances } = parts;
  const retries = retriesIn(classes, errors, topics, (declaring, declared) => isThere(declaring, instances)(declared));
  const described = new Map<string, readonly AgentDescription[]>();
  const keyOf = (declaring: Class, member: string) => `${classes.indexOf(declaring)}.${member}`;
  for (const declaring of classes) {
    for (const { member, value } of agents.read(declaring).filter(isThere(declaring, instances)))
      described.set(keyOf(declaring, member), describe(parts, declaring, member, value, retries));
  }
  const sources = classes.flatMap((declaring) => sourcesOf(declaring, instances));
  return {
    app,
    agents: [...[...described.values()].flat(), ...regrouping(sources, topics)],
    components: componentsOf(classes, instances),
    topics: injected.filter(isTopic),
    globals: injected.filter(isGlobalTable),
    tables: [
      ...tableUses(app, classes, topics, (declaring) => sourcesOf(declaring, instances)).filter(isFed),
      ...retries.map(({ use }) => use),
    ],
    hooks: [...instances.keys()].filter((each) => classes.includes(each)).flatMap((declaring) => hooksOf(declaring, instances)),
    agentOf: ({ declaring, method }: AgentReference) => described.get(keyOf(declaring, method))?.[0],
  };
}

/** The components that classes have members of, in the order in which these come. */
function componentsOf(classes: readonly Class[], instances: Instances): BoundComponent[] {
  const found = new Map<Component, ComponentMember[]>();
  for (const declaring of classes)
    for (const { member, value } of components.read(declaring).filter(isThere(declaring, instances))) {
      const members = found.get(value.component) ?? [];
      members.push({ name: `${declaring.name}.${member}`, declared: value.declared, run: bound(declaring, member, instances) });
      found.set(value.component, members);
    }
  return [...found].map(([component, members]) => bindComponent(component, members));
}

/** What the agents of a class read whose methods are there. */
function sourcesOf(declaring: Class, instances: Instances): Source[] {
  return agents
    .read(declaring)
    .filter(isThere(declaring, instances))
    .map(({ value }) => value.source);
}

/** An agent, once for each topic that it reads, and for those of them whose events it parks. */
function describe(
  { topics, instances }: Parts,
  declaring: Class,
  member: string,
  declaration: AgentDeclaration,
  retries: readonly Retrying[],
): AgentDescription[] {
  const { kind, name, batch, source, ...rest } = declaration;
  const common = { name: name ?? `${declaring.name}.${member}`, run: bound(declaring, member, instances), ...rest };
  const parks = retries.find((each) => each.declaring === declaring && each.member === member);
  const described = topics.of(source).map((topic): AgentDescription => {
    const reads = topics.readerOf(topic);
    const from = { topic, ...(reads !== undefined && { reads }), ...joinOf(source, topic, topics), ...changesIn(source) };
    if (kind === 'stream') return { kind, ...from, ...common };
    return batch === undefined ? { kind: 'event', ...from, ...common } : { kind: 'batch', ...from, batch, ...common };
  });
  // To the same method, as the same events.
  const parked = (parks?.definition.sources ?? []).flatMap((parkedSource) =>
    described.filter(({ topic }) => topic === parkedSource.origin).map((each) => ({ ...each, topic: parkedTopic(parkedSource) })),
  );
  return [...described, ...parked];
}

/** The step that tells the changes of windows apart. */
function changesIn(source: Source): Pick<AgentDescription, 'expands'> {
  if (!isChanges(source) || !isWindowedTable(source.table)) return {};
  return { expands: windowChanges(source.table, windowKeysOf(source.table)) };
}

/** How a topic takes part in what an agent reads that stands on tables. What is derived from a join is a result already. */
function joinOf(source: Source, topic: TopicDefinition, topics: SourceTopics): Pick<AgentDescription, 'joins' | 'looksUp' | 'dedupes'> {
  if (isLookup(source)) return { looksUp: source };
  if (isDedupe(source)) return { dedupes: source };
  if (!isJoin(source) || topic.derivedFrom !== undefined) return {};
  return { joins: { join: source, side: topics.of(source.left).includes(topic) ? 'left' : 'right' } };
}

/** Whether the instance has a member: a fake that a test gives in place of a class may do without. */
function isThere(declaring: Class, instances: Instances): (declared: Declared<unknown>) => boolean {
  const instance = instances.get(declaring) as Readonly<Record<string, unknown>> | undefined;
  return ({ member }) => typeof instance?.[member] === 'function';
}

/** A method of the instance that the container gives, looked up once. */
function bound(declaring: Class, member: string, instances: Instances): (...args: unknown[]) => unknown {
  const instance = instances.get(declaring) as Readonly<Record<string, (...args: unknown[]) => unknown>>;
  return instance[member].bind(instance);
}

function hooksOf(declaring: Class, instances: Instances): Hook[] {
  return Object.entries(hooks).flatMap(([moment, slot]) =>
    slot
      .read(declaring)
      .filter(isThere(declaring, instances))
      .map(({ member }) => ({ name: `${declaring.name}.${member}`, [moment]: bound(declaring, member, instances) })),
  );
}
