import type { BatchOption, ConcurrencyOption } from '../agents/index.js';
import type { Duration } from '../time/index.js';
import type { TopicDefinition } from '../topics/index.js';
import type { AgentOptions } from './agent.js';
import { agents } from './declarations.js';
import type { BatchMethod, HandlerMethod, MethodDecoratorFor, OrdinaryDecoratorFor } from './methods.js';

export interface HandlerOptions<R> extends AgentOptions<R> {
  /** How many events of one partition run at once. @default one after another */
  readonly concurrency?: ConcurrencyOption;
  /** How long one call may take before its signal is aborted and it counts as failed. @default no limit */
  readonly handlerTimeout?: Duration;
}

export interface BatchHandlerOptions<R> extends Omit<HandlerOptions<R>, 'concurrency'> {
  /** Gives the method arrays of values. */
  readonly batch: BatchOption;
}

/** Declares a method as the handler of `topic`, called with one value at a time, or with `batch` with arrays. Writes metadata only; nothing runs. */
export function Handler<K, V, R = unknown>(
  topic: TopicDefinition<K, V>,
  options: BatchHandlerOptions<R>,
): OrdinaryDecoratorFor<BatchMethod<K, V, R>>;
export function Handler<K, V, R = unknown>(
  topic: TopicDefinition<K, V>,
  options?: HandlerOptions<R> & { readonly batch?: undefined },
): MethodDecoratorFor<HandlerMethod<K, V, R>>;
export function Handler<K, V, R>(topic: TopicDefinition<K, V>, options: HandlerOptions<R> | BatchHandlerOptions<R> = {}) {
  return (declaring: object, method: string | symbol): void =>
    agents.add(declaring, method, { kind: 'handler', topic, ...options } as never);
}
