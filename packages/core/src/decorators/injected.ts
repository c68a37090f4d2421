import type {
  ReadonlyTableDefinition,
  ScheduleDefinition,
  SetTableDefinition,
  TableDefinition,
  TopicDefinition,
  WindowedTableDefinition,
} from '../definitions/index.js';
import type { ReadonlyTable, Schedule, SetTable, Table, WindowedTable } from '../tables/index.js';
import type { Topic } from '../topics/index.js';

/** What is given for what `@Inject` takes; never for an identifier, whose type nobody knows. */
export type Injected<W> =
  W extends ScheduleDefinition<infer K, infer V>
    ? Schedule<K, V>
    : W extends WindowedTableDefinition<infer K, unknown, infer G>
      ? WindowedTable<K, G>
      : W extends TableDefinition<infer K, unknown, infer G>
        ? Table<K, G>
        : W extends SetTableDefinition<infer K, infer E>
          ? SetTable<K, E>
          : W extends ReadonlyTableDefinition<infer K, unknown, infer G>
            ? ReadonlyTable<K, G>
            : W extends TopicDefinition<infer K, infer V>
              ? Topic<K, V>
              : never;

/** Stands on a constructor parameter or a property that takes a T. The compiler gives a decorator the class and the index as literal types. */
export type InjectDecoratorFor<T> = <D extends object, M extends string | symbol | undefined, I extends number | undefined = undefined>(
  declaring: D,
  member: M & FitsProperty<T, D, M>,
  parameter?: I & FitsParameter<T, D, I>,
) => void;

type FitsProperty<T, D, M> = M extends keyof D ? Fits<T, D[M]> : unknown;

type FitsParameter<T, D, I> = D extends abstract new (
  ...args: infer A
) => unknown
  ? I extends keyof A
    ? Fits<T, A[I]>
    : unknown
  : unknown;

/** Whatever is given to an identifier fits, and everything fits what takes anything. */
type Fits<T, P> = [T] extends [never]
  ? unknown
  : unknown extends P
    ? unknown
    : [T, Written<P>] extends [P, Written<T>]
      ? unknown
      : Misfit<T>;

/** What may be written to a table. Methods are compared in both directions, so this is compared by itself. */
type Written<T> =
  T extends Schedule<infer K, infer V>
    ? readonly [K, V]
    : T extends WindowedTable<infer K, infer G>
      ? readonly [K, G]
      : T extends Table<infer K, infer G>
        ? readonly [K, G]
        : T extends SetTable<infer K, infer E>
          ? readonly [K, E]
          : never;

interface Misfit<T> {
  readonly 'what is injected here is': T;
}
