import type { AgentDescription, AgentReference } from '../agents/index.js';
import {
  type AgentDeclaration,
  type AppDeclaration,
  agents,
  apps,
  injections,
  startHooks,
  stopHooks,
  timers,
} from '../decorators/index.js';
import { isTopic, type TopicDefinition } from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class, Declared } from '../metadata/index.js';
import type { Hook, Topology } from '../topology/index.js';
import { faultsOf } from './faults.js';
import { classOf, givenToFactories, providersOf } from './providers.js';

/** The instances of classes, as the container made them: each after those it is given. */
export type Instances = ReadonlyMap<Class, object>;

/** What decorated classes declare, checked and free of reflection. */
export interface Discovery {
  readonly app: AppDeclaration;
  /** The classes that take part: the app's and those of its providers. */
  readonly classes: readonly Class[];
  /** The topics that are injected anywhere. */
  readonly injected: readonly TopicDefinition[];
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
  const asked = [...classes.flatMap((each) => injections.read(each).map(({ value }) => value.what)), ...givenToFactories(app)];
  const injected = asked.filter(isTopic);
  return { app, classes, injected, topology: (instances) => compile(app, classes, injected, instances) };
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
    timers: classes.flatMap((declaring) =>
      timers
        .read(declaring)
        .filter(isThere(declaring, instances))
        .map(({ member, value }) => ({ name: `${declaring.name}.${member}`, ...value, run: bound(declaring, member, instances) })),
    ),
    topics: injected,
    hooks: [...instances.keys()].filter((each) => classes.includes(each)).flatMap((declaring) => hooksOf(declaring, instances)),
    agentOf: ({ declaring, method }: AgentReference) => described.get(keyOf(declaring, method)),
  };
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
  const starts = startHooks
    .read(declaring)
    .filter(isThere(declaring, instances))
    .map(({ member }) => ({ name: `${declaring.name}.${member}`, start: bound(declaring, member, instances) }));
  const stops = stopHooks
    .read(declaring)
    .filter(isThere(declaring, instances))
    .map(({ member }) => ({ name: `${declaring.name}.${member}`, stop: bound(declaring, member, instances) }));
  return [...starts, ...stops];
}
