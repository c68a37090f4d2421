import type { Class } from '../metadata/index.js';
import type { Flow, Stream } from '../streams/index.js';
import type { AgentReference } from './agent.js';

type AnyMethod = (...args: never[]) => unknown;

/** The names of the methods of a class. */
export type MethodName<T> = { [P in keyof T]: T[P] extends AnyMethod ? P : never }[keyof T] & string;

/** What an agent's method is given: the value of a handler, the items of a stream. */
type ValueOf<M> = M extends (first: infer A, ...rest: never[]) => unknown
  ? A extends Stream<infer V>
    ? V
    : A extends Flow<infer V>
      ? V
      : A
  : never;

/** What an agent's method yields or returns. */
type ResultOf<M> = M extends (...args: never[]) => infer R
  ? R extends AsyncIterable<infer Y> | IterableIterator<infer Y>
    ? Y
    : Awaited<R>
  : never;

/** A typed reference to the agent that a method of a class is: for sinks and tests. */
export function agent<T extends object, M extends MethodName<T>>(
  declaring: Class<T>,
  method: M,
): AgentReference<ValueOf<T[M]>, ResultOf<T[M]>> {
  return Object.freeze({ kind: 'agent' as const, declaring, method });
}

/** Whether a value was made by `agent()`. */
export function isAgentReference(value: unknown): value is AgentReference {
  return typeof value === 'object' && value !== null && (value as AgentReference).kind === 'agent';
}
