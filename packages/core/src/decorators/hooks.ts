import type { TopicPartition } from '../positions/index.js';
import { hooks } from './declarations.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { methodUnder, withParentheses } from './placement.js';

/** A method that is told which partitions of the topics that the app reads have come or gone. */
type PartitionsMethod = (partitions: readonly TopicPartition[]) => unknown;

/** Declares a method to be called, and awaited, before the first message. Classes come after those they are given. */
export function OnStart(...bare: readonly never[]): OrdinaryDecoratorFor<() => unknown> {
  return hook('@OnStart', 'start', bare);
}

/** Declares a method to be called after the last handler has returned. Classes come before those they are given. */
export function OnStop(...bare: readonly never[]): OrdinaryDecoratorFor<() => unknown> {
  return hook('@OnStop', 'stop', bare);
}

/** Declares a method to be called with partitions that this worker is assigned. Their first event comes when it is done. What it throws ends the worker. */
export function OnAssigned(...bare: readonly never[]): OrdinaryDecoratorFor<PartitionsMethod> {
  return hook('@OnAssigned', 'assigned', bare);
}

/**
 * Declares a method to be called with partitions that go: what ran of them has ended, and is committed. They are handed over when it is done, or `drainTimeout` is
 * over. Partitions that were lost are gone already.
 */
export function OnRevoked(...bare: readonly never[]): OrdinaryDecoratorFor<PartitionsMethod> {
  return hook('@OnRevoked', 'revoked', bare);
}

/** Declares a method to be called with assigned partitions once their tables are recovered. Their first event comes when it is done. What it throws ends the worker. */
export function OnRecovered(...bare: readonly never[]): OrdinaryDecoratorFor<PartitionsMethod> {
  return hook('@OnRecovered', 'recovered', bare);
}

function hook<M extends (...args: never[]) => unknown>(
  decorator: string,
  moment: keyof typeof hooks,
  bare: readonly never[],
): OrdinaryDecoratorFor<M> {
  withParentheses(decorator, bare.length > 0, bare);
  return (...placed) => {
    const { declaring, method } = methodUnder(decorator, placed);
    hooks[moment].add(declaring, method, true);
  };
}
