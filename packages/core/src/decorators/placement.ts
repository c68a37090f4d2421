import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';

/** A decorated method, as legacy decorators are told of it. */
export interface PlacedMethod {
  readonly declaring: object;
  readonly method: string | symbol;
}

/** The class that a decorator stands on. @throws DefinitionError where it stands on something else, or was called as a standard decorator */
export function classUnder(decorator: string, args: readonly unknown[]): Class {
  refuseStandard(decorator, args);
  const [declaring, member] = args;
  if (typeof declaring === 'function' && args.length === 1) return declaring as unknown as Class;
  throw misplaced(decorator, declaring, member, 'a class');
}

/** The method that a decorator stands on. @throws DefinitionError as `classUnder` */
export function methodUnder(decorator: string, args: readonly unknown[]): PlacedMethod {
  refuseStandard(decorator, args);
  const [declaring, member, descriptor] = args;
  if (!isName(member) || typeof descriptor === 'number') throw misplaced(decorator, declaring, member, 'a method');
  return { declaring: declaring as object, method: member };
}

/** The field that a decorator stands on. @throws DefinitionError as `classUnder` */
export function fieldUnder(decorator: string, args: readonly unknown[]): { readonly declaring: object; readonly field: string | symbol } {
  refuseStandard(decorator, args);
  const [declaring, member, descriptor] = args;
  const isMethod = typeof (descriptor as TypedPropertyDescriptor<unknown> | undefined)?.value === 'function';
  if (!isName(member) || typeof descriptor === 'number' || isMethod) throw misplaced(decorator, declaring, member, 'a field');
  return { declaring: declaring as object, field: member };
}

/** Makes sure that a decorator stands on a constructor parameter or a property. @throws DefinitionError as `classUnder` */
export function injectableUnder(decorator: string, args: readonly unknown[]): void {
  refuseStandard(decorator, args);
  const [declaring, member, place] = args;
  const isParameter = typeof place === 'number';
  const isMethod = typeof (place as TypedPropertyDescriptor<unknown> | undefined)?.value === 'function';
  if (isParameter ? member !== undefined : !isName(member) || isMethod)
    throw misplaced(decorator, declaring, member, 'a parameter of the constructor or a property');
}

/**
 * Refuses a decorator that was written without parentheses: what it stands on came in place of its own arguments.
 * @param isBare whether the arguments are those of a decorator
 */
export function withParentheses(decorator: string, isBare: boolean, args: readonly unknown[]): void {
  if (!isBare && !isContext(args[1])) return;
  const problem = `${decorator} is written without parentheses`;
  throw fault(args[0], isContext(args[1]) ? args[1].name : args[1], problem, `Write ${decorator}(…)`);
}

/** Whether the arguments of a decorator are the class and the member that it stands on: a prototype has its constructor, and a class its prototype. */
export function areOfMember([declaring, member]: readonly unknown[]): boolean {
  if (!isName(member) || declaring === null) return false;
  return (typeof declaring === 'object' && Object.hasOwn(declaring, 'constructor')) || typeof declaring === 'function';
}

/** What a decorator of ECMAScript's standard is given as its second argument. */
interface StandardContext {
  readonly kind: string;
  readonly name?: string | symbol;
}

function isContext(given: unknown): given is StandardContext {
  return typeof given === 'object' && given !== null && typeof (given as StandardContext).kind === 'string';
}

function isName(member: unknown): member is string | symbol {
  return typeof member === 'string' || typeof member === 'symbol';
}

function refuseStandard(decorator: string, [target, context]: readonly unknown[]): void {
  if (!isContext(context)) return;
  const problem = `${decorator} was called as a standard (TC39) decorator, and weir's are TypeScript's legacy ones`;
  const remedy =
    'Set "experimentalDecorators": true under compilerOptions in the tsconfig.json that your compiler reads (tsc, tsx, esbuild, Vite)';
  throw fault(context.kind === 'class' ? target : undefined, context.name, problem, remedy);
}

function misplaced(decorator: string, declaring: unknown, member: unknown, where: string): DefinitionError {
  return fault(declaring, member, `${decorator} stands in the wrong place`, `Put it on ${where}`);
}

function fault(declaring: unknown, member: unknown, problem: string, remedy: string): DefinitionError {
  const declarer = typeof declaring === 'function' ? declaring.name : (declaring as object | undefined)?.constructor?.name;
  const name = isName(member) ? String(member) : undefined;
  const [where = 'a class', rest] = declarer === undefined || declarer === name ? [name] : [declarer, name];
  return new DefinitionError([{ where, member: rest, problem, remedy }]);
}
