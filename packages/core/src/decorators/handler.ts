import type { BatchOption, ConcurrencyOption } from '../agents/index.js';
import type { Source } from '../definitions/index.js';
import { givenOptions } from '../errors/index.js';
import type { Duration } from '../time/index.js';
import type { AgentOptions } from './agent.js';
import { agents } from './declarations.js';
import type { BatchMethod, HandlerMethod, KeyOf, MethodDecoratorFor, OrdinaryDecoratorFor } from './methods.js';
import { areOfMember, methodUnder, withParentheses } from './placement.js';

/** @typeParam M the size of arrays; never without `batch` */
export interface HandlerOptions<R, M extends number = never, S extends readonly unknown[] = readonly unknown[]> extends AgentOptions<R, S> {
  /** How many events of one partition run at once; not with `batch`. @default one after another */
  readonly concurrency?: [M] extends [never] ? ConcurrencyOption : undefined;
  /** Gives the method arrays of values. */
  readonly batch?: BatchOption<M>;
  /** How long one call may take before its signal is aborted and it counts as failed. @default no limit */
  readonly handlerTimeout?: Duration;
}

/** What `@Handler` takes for a method that is given arrays. */
export interface BatchHandlerOptions<R> extends HandlerOptions<R, number> {
  readonly batch: BatchOption;
}

/** A method of values, or of arrays of them. */
type HandlerDecorator<K, V, R, M extends number, SK, X> = [M] extends [never]
  ? MethodDecoratorFor<HandlerMethod<K, V, R, SK, X>>
  : OrdinaryDecoratorFor<BatchMethod<K, V, R, SK, X>>;

/**
 * Declares a method as the handler of `source`, called with one value at a time, or with `batch` with arrays. Writes metadata only; nothing runs.
 * One signature for both, so that the compiler names what is wrong with the options.
 */
export function Handler<K, V, R = unknown, M extends number = never, S extends readonly unknown[] = readonly [], X = unknown>(
  source: Source<K, V, X>,
  options: HandlerOptions<R, M, S> = {},
): HandlerDecorator<K, V, R, M, KeyOf<S>, X> {
  withParentheses('@Handler', areOfMember([source, options]), [source, options]);
  const decorate = (...placed: readonly unknown[]): void => {
    const { declaring, method } = methodUnder('@Handler', placed);
    agents.add(declaring, method, { kind: 'handler', source, ...givenOptions(options) } as never);
  };
  return decorate as HandlerDecorator<K, V, R, M, KeyOf<S>, X>;
}
