import { inject } from 'inversify';
import { type Injectable, identifierOf, injections } from './declarations.js';
import type { InjectDecoratorFor, Injected } from './injected.js';
import { injectableUnder, withParentheses } from './placement.js';

/**
 * Asks the container for a topic, a table, or whatever is bound to an identifier. For constructor parameters and properties: of a definition, those of
 * another type do not compile, except for properties that are private or protected, whose types the compiler does not show.
 */
export function Inject<const W extends Injectable>(what: W, ...bare: readonly never[]): InjectDecoratorFor<Injected<W>> {
  withParentheses('@Inject', bare.length > 0, [what, ...bare]);
  const decorate = (...placed: readonly [declaring: object, member: string | symbol | undefined, parameter?: number]): void => {
    injectableUnder('@Inject', placed);
    const [declaring, member, parameter] = placed;
    const owner = typeof declaring === 'function' ? (declaring as { prototype: object }).prototype : declaring;
    injections.add(owner, member === undefined ? `constructor(${parameter})` : member, { what, parameter });
    const identifier = identifierOf(what);
    if (identifier === undefined) return;
    inject(identifier)(declaring, member as string, parameter as number);
  };
  return decorate as InjectDecoratorFor<Injected<W>>;
}
