import { inject } from 'inversify';
import { type Injectable, identifierOf, injections } from './declarations.js';
import { injectableUnder, withParentheses } from './placement.js';

/** Asks the container for a topic, or for whatever is bound to an identifier. For constructor parameters and properties. */
export function Inject(
  what: Injectable,
  ...bare: readonly never[]
): (declaring: object, member: string | symbol | undefined, parameter?: number) => void {
  withParentheses('@Inject', bare.length > 0, [what, ...bare]);
  return (...placed) => {
    injectableUnder('@Inject', placed);
    const [declaring, member, parameter] = placed;
    const owner = typeof declaring === 'function' ? (declaring as { prototype: object }).prototype : declaring;
    injections.add(owner, member === undefined ? `constructor(${parameter})` : member, { what, parameter });
    if (what === undefined) return;
    inject(identifierOf(what))(declaring, member as string, parameter as number);
  };
}
