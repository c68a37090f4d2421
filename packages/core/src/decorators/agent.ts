import type { ErrorsOption, Sink } from '../agents/index.js';
import type { Source } from '../definitions/index.js';
import { givenOptions } from '../errors/index.js';
import { agents } from './declarations.js';
import type { AgentMethod, KeyOf, MethodDecoratorFor } from './methods.js';
import { areOfMember, methodUnder, withParentheses } from './placement.js';

/** @typeParam S the sinks, from which it is known what key a `message()` may have */
export interface AgentOptions<R, S extends readonly unknown[] = readonly unknown[]> {
  /** Stable over renamings of the method: metrics, dead letters and logs call the agent by it. @default Class.method */
  readonly name?: string;
  /** Where yielded results go. */
  readonly sinks?: S & readonly Sink<R>[];
  /** What differs from the app's `errors`. */
  readonly errors?: ErrorsOption;
}

/** Declares a method as the agent of `source`: it loops over a stream of the source's values. Writes metadata only; nothing runs. */
export function Agent<K, V, R = unknown, S extends readonly unknown[] = readonly [], X = unknown>(
  source: Source<K, V, X>,
  options: AgentOptions<R, S> = {},
): MethodDecoratorFor<AgentMethod<K, V, R, KeyOf<S>, X>> {
  withParentheses('@Agent', areOfMember([source, options]), [source, options]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Agent', placed);
    agents.add(declaring, method, { kind: 'stream', source, ...givenOptions(options) } as never);
  };
}
