import type { ErrorsOption, Sink } from '../agents/index.js';
import type { TopicDefinition } from '../topics/index.js';
import { agents } from './declarations.js';
import type { AgentMethod, MethodDecoratorFor } from './methods.js';
import { methodUnder, withParentheses } from './placement.js';

export interface AgentOptions<R> {
  /** Stable over renamings of the method: metrics, dead letters and logs call the agent by it. @default Class.method */
  readonly name?: string;
  /** Where yielded results go. */
  readonly sinks?: readonly Sink<R>[];
  /** What differs from the app's `errors`. */
  readonly errors?: ErrorsOption;
}

/** Declares a method as the agent of `topic`: it loops over a stream of the topic's values. Writes metadata only; nothing runs. */
export function Agent<K, V, R = unknown>(
  topic: TopicDefinition<K, V>,
  options: AgentOptions<R> = {},
): MethodDecoratorFor<AgentMethod<K, V, R>> {
  withParentheses('@Agent', typeof options === 'string', [topic, options]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Agent', placed);
    agents.add(declaring, method, { kind: 'stream', topic, ...options } as never);
  };
}
