import type { Steps } from '../agents/index.js';
import type { Sendable, TopicDefinition } from '../definitions/index.js';
import type { Event, Stream } from '../streams/index.js';
import type { ResultMessage } from '../topics/index.js';

/** The type of a source's values as a method may take it: of an unchecked source whatever it claims. */
export type Given<V> = unknown extends V ? never : V;

/** What a method is given beside the value. @typeParam X what the events of a source have beside those of a topic */
export type GivenEvent<K, V, X> = unknown extends X ? Event<K, Given<V>> : Event<K, Given<V>> & X;

/** A decorator for methods of one shape. */
export type MethodDecoratorFor<Method> = <M extends Method>(
  declaring: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** What a method may return when its results go to sinks of R with keys of SK. Undefined gives them nothing. */
export type Result<R, SK> = unknown extends R
  ? unknown
  : Sendable<R> | R | ResultMessage<Sendable<SK> | SK, Sendable<R> | R | null> | null | undefined | void;

/** The keys that all topics among some sinks take. */
export type KeyOf<S extends readonly unknown[]> = Taker<S[number]> extends (key: infer K) => void ? K : unknown;

/** As functions, one for each topic: what is given to any of them is what all take. */
type Taker<T> = T extends TopicDefinition<infer K, unknown> ? (key: K) => void : never;

/** A method that loops over its stream, and may yield results. */
export type AgentMethod<K, V, R, SK, X = unknown> = (
  stream: Stream<Given<V>, K, GivenEvent<K, V, X>>,
) => Promise<void> | void | AsyncIterable<Result<R, SK>>;

/** A decorator for methods of one shape that are no generators: nobody would ask them for what they yield. */
export type OrdinaryDecoratorFor<Method extends (...args: never[]) => unknown> = <M extends Method>(
  declaring: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & Ordinary<M>,
) => void;

type Ordinary<M extends (...args: never[]) => unknown> = [Extract<Awaited<ReturnType<M>>, Steps>] extends [never] ? unknown : NoGenerator;

interface NoGenerator {
  readonly 'a generator never runs here; write an ordinary method': never;
}

/** A method that is given one value at a time. A generator gives several results, one after another. */
export type HandlerMethod<K, V, R, SK, X = unknown> = (
  value: Given<V>,
  event: GivenEvent<K, V, X>,
) => Result<R, SK> | Promise<Result<R, SK>> | AsyncIterable<Result<R, SK>> | IterableIterator<Result<R, SK>>;

/** A method that is given arrays of values. It returns nothing, or a result for each value. */
export type BatchMethod<K, V, R, SK, X = unknown> = (
  values: Given<V>[],
  events: GivenEvent<K, V, X>[],
) => BatchResult<R, SK> | Promise<BatchResult<R, SK>>;

type BatchResult<R, SK> = unknown extends R ? unknown : readonly (Exclude<Result<R, SK>, void> | undefined)[] | undefined | void;
