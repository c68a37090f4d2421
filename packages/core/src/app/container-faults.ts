import type { ServiceIdentifier } from 'inversify';
import { injections } from '../decorators/index.js';
import { type Fault, LifecycleError, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';

/** A factory of the application failed. Passed through the container, which does not say whose error it is. */
export class FactoryFailure extends Error {
  constructor(
    readonly identifier: ServiceIdentifier,
    override readonly cause: unknown,
  ) {
    super(reason(cause));
  }
}

/** The name of what can be asked for, as it stands in messages. */
function nameOf(identifier: unknown): string {
  return typeof identifier === 'function' ? identifier.name : String(identifier);
}

/**
 * Why the container could not make a class: what is wrong where, each with a remedy of its own.
 * @param classes those that take part: the constructor of another one may be the one that threw
 */
export function containerFault(asked: Class, classes: readonly Class[], error: unknown): Fault {
  if (error instanceof FactoryFailure) return factoryFault(error);
  const where = asked.name;
  const text = reason(error);
  const circle = /^Circular dependency found: (.+)$/m.exec(text)?.[1]?.split(' -> ');
  if (circle !== undefined) return circleFault(circle);
  const missing = /^No bindings found for service: "(.+)"\.\s+Trying to resolve bindings for "(.+?)(?: \(Root service\))?"\./.exec(text);
  if (missing !== null) {
    const [, what, by = where] = missing;
    return { where: by, problem: `it is given "${what}", and nothing is bound to that`, remedy: 'List it in providers or modules of @App' };
  }
  if (/unexpected missing metadata/i.test(text)) return parameterFault(/"([^"]+)" constructor/.exec(text)?.[1] ?? where, classes);
  if (/^Ambiguous bindings found/.test(text))
    return { where, problem: firstLine(text), remedy: 'Bind it once, in providers or in one of the modules' };
  if (isOfContainer(error))
    return { where, problem: `the container cannot make it: ${firstLine(text)}`, remedy: 'Correct what it is given' };
  return constructorFault(threw(error, classes) ?? where, error);
}

function factoryFault({ identifier, cause }: FactoryFailure): Fault {
  const problem = `it threw ${shown(cause)}`;
  return { where: nameOf(identifier), member: 'useFactory', problem, remedy: 'Mend the factory, or what it needs', cause };
}

/** Told once, wherever in the circle it was come upon. */
function circleFault(circle: readonly string[]): Fault {
  const members = circle.slice(0, -1);
  const first = members.indexOf([...members].sort()[0] as string);
  const way = [...members.slice(first), ...members.slice(0, first)];
  return {
    where: way[0] as string,
    problem: `it is given what needs it itself: ${[...way, way[0]].join(' → ')}`,
    remedy: 'Move what they share into a class of its own, or hand one to the other in @OnStart',
  };
}

function parameterFault(where: string, classes: readonly Class[]): Fault {
  const declaring = classes.find(({ name }) => name === where);
  const given = declaring === undefined ? [] : injections.read(declaring).map(({ value }) => value.parameter);
  const bare = Array.from({ length: declaring?.length ?? 0 }, (_, index) => index).filter((index) => !given.includes(index));
  const which = bare.length === 0 ? 'a parameter' : `parameter ${bare.map((index) => index + 1).join(', ')}`;
  return {
    ...{ where, member: 'constructor', problem: `${which} of its constructor has no @Inject` },
    remedy: 'Put @Inject(…) on every constructor parameter: what it takes is not read from its type',
  };
}

function constructorFault(where: string, cause: unknown): Fault {
  const member = 'constructor';
  if (cause instanceof LifecycleError)
    return { where, member, problem: `it calls something too early: ${reason(cause)}`, remedy: 'Do it in a method with @OnStart()', cause };
  return {
    ...{ where, member, problem: `it threw ${shown(cause)}`, cause },
    remedy: 'Mend the constructor, or what it needs; what may take time or fail belongs into @OnStart',
  };
}

/** The class whose constructor stands uppermost in the stack. */
function threw(error: unknown, classes: readonly Class[]): string | undefined {
  const stack = error instanceof Error ? String(error.stack) : '';
  const made = [...stack.matchAll(/^\s+at new ([\w$]+)/gm)].map(([, name]) => name);
  return made.find((name) => classes.some((each) => each.name === name));
}

function isOfContainer(error: unknown): boolean {
  return error instanceof Error && typeof (error as { kind?: unknown }).kind === 'number' && /Inversify/.test(error.constructor.name);
}

function shown(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${firstLine(reason(cause))}` : reason(cause);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] as string).replace(/[.\s]+$/, '');
}
