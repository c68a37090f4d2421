import { Container, type ContainerModule, injectFromBase, type Newable, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import { identifierOf, injections, type Provider } from '../decorators/index.js';
import type { AnyTableDefinition, InjectableDefinition } from '../definitions/index.js';
import { classOf, type Discovery } from '../discovery/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { Clock } from '../time/index.js';
import { TOPICS, type Topics } from '../topics/index.js';
import { containerFault, FactoryFailure } from './container-faults.js';
import { CLOCK, LOGGER } from './identifiers.js';

/** The container of one running app, and its instances. */
export interface Filled {
  readonly container: Container;
  /** The classes that take part, each after those it is given. */
  readonly instances: ReadonlyMap<Class, object>;
}

/** What of the worker can be injected, unless the application binds its own. */
export interface Surroundings {
  readonly topics: Topics;
  readonly tables: { of(definition: AnyTableDefinition): object };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What gives the runtime object of a definition, for each kind. */
type Givers = Readonly<Record<InjectableDefinition['kind'], { of(definition: never): object }>>;

/** Fills a container with the classes of an app, its providers, the user's modules, the topics and the tables, and makes every class that takes part. */
export async function fillContainer(
  discovery: Discovery,
  providers: readonly Provider[],
  { topics, tables, clock, logger }: Surroundings,
): Promise<Filled> {
  const container = new Container({ defaultScope: 'Singleton' });
  const made = new Map<unknown, object>();
  const given: Givers = {
    topic: topics,
    table: tables,
    'source-table': tables,
    'global-table': tables,
    'set-table': tables,
    'joined-table': tables,
    'windowed-table': tables,
    schedule: tables,
  };
  for (const definition of discovery.injected)
    container.bind(definition.identifier).toConstantValue(given[definition.kind].of(definition as never));
  for (const module of discovery.app.modules ?? []) await container.load(module as ContainerModule);
  const note = (declaring: unknown, instance: object) => made.set(declaring, instance);
  const all: Provider[] = [
    ...providers,
    { provide: CLOCK, useValue: clock },
    { provide: LOGGER, useValue: logger },
    { provide: TOPICS, useValue: topics },
  ];
  const faults = all.flatMap((provider) => bind(container, provider, note));
  const resolved = await resolveAll(container, discovery.classes, identifiersOf(providers), faults);
  return { container, instances: new Map([...(made as Map<Class, object>), ...resolved]) };
}

/** Binds what the user's modules have not bound already. */
function bind(container: Container, provider: Provider, note: (declaring: unknown, instance: object) => void): Fault[] {
  const identifier = (typeof provider === 'function' ? provider : provider.provide) as ServiceIdentifier;
  if (container.isBound(identifier)) return [];
  const declaring = classOf(provider) as Newable<object> | undefined;
  try {
    if (declaring !== undefined) {
      inheritInjections(declaring);
      container
        .bind(identifier)
        .to(declaring)
        .onActivation((_, instance) => {
          note(declaring, instance as object);
          return instance;
        });
    } else if ('useFactory' in provider) bindFactory(container, identifier, provider);
    else if ('useValue' in provider) container.bind(identifier).toConstantValue(provider.useValue);
    return [];
  } catch (error) {
    if (declaring === undefined) throw error;
    return [containerFault(declaring, [declaring], error)];
  }
}

/** A factory is called once, when the first class asks for what it makes; whoever asks waits for a promise. */
function bindFactory(container: Container, provide: ServiceIdentifier, { useFactory, inject = [] }: Factory): void {
  const failed = (cause: unknown): never => {
    throw new FactoryFailure(provide, cause);
  };
  const make = (...dependencies: unknown[]): unknown => {
    try {
      const made = (useFactory as (...dependencies: unknown[]) => unknown)(...dependencies);
      return made instanceof Promise ? made.catch(failed) : made;
    } catch (cause) {
      return failed(cause);
    }
  };
  container.bind(provide).toResolvedValue(make, inject.map(identifierOf) as never);
}

type Factory = Extract<Provider, { readonly useFactory: unknown }>;

const inheriting = new WeakSet<object>();

/** A class without injections of its own constructor is made with those of the class it extends, as that is made; inversify asks for that to be said. */
function inheritInjections(declaring: Class): void {
  const base = Object.getPrototypeOf(declaring) as Class;
  if ((base as unknown) === Function.prototype || inheriting.has(declaring) || injections.read(base).length === 0) return;
  inheriting.add(declaring);
  inheritInjections(base);
  const hasOwn = injections.readOwn(declaring).some(({ value }) => value.parameter !== undefined);
  injectFromBase({ extendConstructorArguments: !hasOwn, extendProperties: true })(declaring);
}

/** The identifiers of classes that are not given out under themselves. */
function identifiersOf(providers: readonly Provider[]): Map<Class, ServiceIdentifier> {
  return new Map(
    providers.flatMap((each) => (typeof each !== 'function' && 'useClass' in each ? [[each.useClass, each.provide] as const] : [])),
  );
}

/** Makes every class that takes part, reporting all that cannot be made at once, with those that could not be bound. */
async function resolveAll(
  container: Container,
  classes: readonly Class[],
  identifiers: ReadonlyMap<Class, ServiceIdentifier>,
  faults: Fault[],
): Promise<Map<Class, object>> {
  const instances = new Map<Class, object>();
  const unbound = new Set(faults.map(({ where }) => where));
  for (const each of classes) {
    if (unbound.has(each.name)) continue;
    try {
      instances.set(each, await container.getAsync((identifiers.get(each) ?? each) as never));
    } catch (error) {
      faults.push(containerFault(each, classes, error));
    }
  }
  if (faults.length > 0) throw new DefinitionError(eachOnce(faults));
  return instances;
}

/** Those who are given what cannot be made come upon the same fault. */
function eachOnce(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.where} ${fault.problem}`, fault])).values()];
}
