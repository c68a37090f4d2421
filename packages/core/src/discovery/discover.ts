import type { AgentDescription, AgentReference } from '../agents/index.js';
import { type AgentDeclaration, type AppDeclaration, agents, apps, hooks } from '../decorators/index.js';
import { type Definition, isTopic, type TopicDefinition } from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class, Declared } from '../metadata/index.js';
import {
  type BoundComponent,
  bindComponent,
  type Component,
  type ComponentMember,
  components,
  type Hook,
  type TableUse,
  type Topology,
} from '../topology/index.js';
import { faultsOf } from './faults.js';
import { Injections } from './injections.js';
import { classOf, providersOf } from './providers.js';
import { isFed, tableUses } from './table-uses.js';

/** The instances of classes, as the container made them: each after those it is given. */
export type Instances = ReadonlyMap<Class, object>;

/** What decorated classes declare, checked and free of reflection. */
export interface Discovery {
  readonly app: AppDeclaration;
  /** The classes that take part: the app's and those of its providers. */
  readonly classes: readonly Class[];
  /** The topics and tables that are injected anywhere. */
  readonly injected: readonly Definition[];
  /** The tables that are injected anywhere, and what feeds them. */
  readonly tables: readonly TableUse[];
  /** The topology, with the methods of these instances. Hooks run in the order in which they were made. */
  topology(instances: Instances): Topology;
}

/**
 * Reads what a decorated app declares.
 * @throws DefinitionError with every fault of every class
 */
export function discover(appClass: Class): Discovery {
  const app = typeof appClass === 'function' ? apps.read(appClass) : undefined;
  if (app === undefined) throw new DefinitionError([notAnApp(appClass)]);
  const classes = [
    appClass,
    ...providersOf(app)
      .map(classOf)
      .filter((each) => each !== undefined),
  ];
  const faults = faultsOf(appClass, app, classes);
  if (faults.length > 0) throw new DefinitionError(faults);
  const injected = new Injections(app).all(classes);
  const topicsRead = (declaring: Class) => agents.read(declaring).map(({ value }) => value.topic);
  const topology = (instances: Instances) => compile(app, classes, injected.filter(isTopic), instances);
  return { app, classes, injected, tables: tableUses(app, classes, topicsRead), topology };
}

function notAnApp(given: Class): Fault {
  return { where: given?.name || String(given), problem: 'it is not an app', remedy: 'Decorate the class with @App({ id: … })' };
}

function compile(app: AppDeclaration, classes: readonly Class[], injected: readonly TopicDefinition[], instances: Instances): Topology {
  const described = new Map<string, AgentDescription>();
  const keyOf = (declaring: Class, member: string) => `${classes.indexOf(declaring)}.${member}`;
  for (const declaring of classes) {
    for (const { member, value } of agents.read(declaring).filter(isThere(declaring, instances)))
      described.set(keyOf(declaring, member), describe(declaring, member, value, instances));
  }
  return {
    app,
    agents: [...described.values()],
    components: componentsOf(classes, instances),
    topics: injected,
    tables: tablesOf(app, classes, instances),
    hooks: [...instances.keys()].filter((each) => classes.includes(each)).flatMap((declaring) => hooksOf(declaring, instances)),
    agentOf: ({ declaring, method }: AgentReference) => described.get(keyOf(declaring, method)),
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

/** The tables that the agents feed whose methods are there. */
function tablesOf(app: AppDeclaration, classes: readonly Class[], instances: Instances): TableUse[] {
  const topicsRead = (declaring: Class) =>
    agents
      .read(declaring)
      .filter(isThere(declaring, instances))
      .map(({ value }) => value.topic);
  return tableUses(app, classes, topicsRead).filter(isFed);
}

function describe(
  declaring: Class,
  member: string,
  { kind, name, batch, ...rest }: AgentDeclaration,
  instances: Instances,
): AgentDescription {
  const common = { name: name ?? `${declaring.name}.${member}`, run: bound(declaring, member, instances), ...rest };
  if (kind === 'stream') return { kind, ...common };
  return batch === undefined ? { kind: 'event', ...common } : { kind: 'batch', batch, ...common };
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
