import { Container, type ContainerModule, injectFromHierarchy, type Newable, type ServiceIdentifier } from 'inversify';
import { injections, type Provider } from '../decorators/index.js';
import { classOf, type Discovery } from '../discovery/index.js';
import { DefinitionError, type Fault, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { Clock } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import { CLOCK } from './identifiers.js';

/** The container of one running app, and its instances. */
export interface Filled {
  readonly container: Container;
  /** The classes that take part, each after those it is given. */
  readonly instances: ReadonlyMap<Class, object>;
}

/** Fills a container with the classes of an app, its providers, the user's modules and the topics, and makes every class that takes part. */
export async function fillContainer(discovery: Discovery, providers: readonly Provider[], topics: Topics, clock: Clock): Promise<Filled> {
  const container = new Container({ defaultScope: 'Singleton' });
  const made = new Map<unknown, object>();
  container.bind(CLOCK).toConstantValue(clock);
  for (const definition of new Set(discovery.injected)) container.bind(definition.identifier).toConstantValue(topics.of(definition));
  for (const module of discovery.app.modules ?? []) await container.load(module as ContainerModule);
  const note = (declaring: unknown, instance: object) => made.set(declaring, instance);
  const faults = providers.flatMap((provider) => bind(container, provider, note));
  const resolved = resolveAll(container, discovery.classes, identifiersOf(providers), faults);
  return { container, instances: new Map([...(made as Map<Class, object>), ...resolved]) };
}

/** Binds what the user's modules have not bound already. */
function bind(container: Container, provider: Provider, note: (declaring: unknown, instance: object) => void): Fault[] {
  const identifier = (typeof provider === 'function' ? provider : provider.provide) as ServiceIdentifier;
  if (container.isBound(identifier)) return [];
  try {
    const declaring = classOf(provider) as Newable<object> | undefined;
    if (declaring !== undefined) {
      inheritInjections(declaring);
      container
        .bind(identifier)
        .to(declaring)
        .onActivation((_, instance) => {
          note(declaring, instance as object);
          return instance;
        });
    } else if ('useFactory' in provider) container.bind(identifier).toDynamicValue(() => provider.useFactory());
    else if ('useValue' in provider) container.bind(identifier).toConstantValue(provider.useValue);
    return [];
  } catch (error) {
    return [faultOf(typeof identifier === 'function' ? identifier.name : String(identifier), error)];
  }
}

const inheriting = new WeakSet<object>();

/** A class without injections of its own constructor is made with those of the class it extends; inversify asks for that to be said. */
function inheritInjections(declaring: Class): void {
  const isBase = Object.getPrototypeOf(declaring) === Function.prototype;
  if (isBase || inheriting.has(declaring) || injections.read(declaring).length === 0) return;
  inheriting.add(declaring);
  const hasOwn = injections.readOwn(declaring).some(({ value }) => value.parameter !== undefined);
  injectFromHierarchy({ extendConstructorArguments: !hasOwn, extendProperties: true })(declaring);
}

/** The identifiers of classes that are not given out under themselves. */
function identifiersOf(providers: readonly Provider[]): Map<Class, ServiceIdentifier> {
  return new Map(
    providers.flatMap((each) => (typeof each !== 'function' && 'useClass' in each ? [[each.useClass, each.provide] as const] : [])),
  );
}

/** Makes every class that takes part, reporting all that cannot be made at once, with those that could not be bound. */
function resolveAll(
  container: Container,
  classes: readonly Class[],
  identifiers: ReadonlyMap<Class, ServiceIdentifier>,
  faults: Fault[],
): Map<Class, object> {
  const instances = new Map<Class, object>();
  const unbound = new Set(faults.map(({ where }) => where));
  for (const each of classes) {
    if (unbound.has(each.name)) continue;
    try {
      instances.set(each, container.get((identifiers.get(each) ?? each) as never));
    } catch (error) {
      faults.push(faultOf(each.name, error));
    }
  }
  if (faults.length > 0) throw new DefinitionError(faults);
  return instances;
}

function faultOf(where: string, error: unknown): Fault {
  const [problem] = reason(error).split('\n');
  return {
    where,
    problem: `the container cannot make it: ${problem}`,
    remedy: 'Put @Inject(…) on every constructor parameter, and list what it asks for in providers or modules',
  };
}
