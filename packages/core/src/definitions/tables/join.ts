import { givenOptions } from '../../errors/index.js';
import type { Duration } from '../../time/index.js';
import type { Schema } from '../schema.js';
import type { KeyedSource, Source } from '../source.js';
import type { TableOptions } from './table-options.js';

/** How far the times of two events may be apart, both ends included: one duration for both directions, or how much earlier and later the right one may be. */
export type Within = Duration | { readonly before?: Duration; readonly after?: Duration };

export interface JoinOptions {
  readonly within: Within;
  /** How much later than the watermark an event may come and still be joined. @default 0 */
  readonly grace?: Duration;
  /** Part of the name of the topic that keeps what waits for its counterpart. Two joins of the same sources need two. @default `<left>-<right>-join` */
  readonly name?: string;
}

/** Which events have results that have no counterpart. */
export type JoinType = 'inner' | 'left' | 'outer';

/** What the events of a join have beside value and time. */
export interface Joined<K = unknown, L = unknown, R = unknown> {
  readonly key: K;
  readonly left: L;
  readonly right: R;
}

/** Pairs of events of two sources under one key, close in time. Made by `join`, `leftJoin` and `outerJoin`. */
export interface JoinDefinition<K = unknown, V = unknown, L = unknown, R = unknown> extends Source<K, V, Joined<K, L, R>> {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: KeyedSource;
  readonly right: KeyedSource;
  readonly joining: JoinOptions;
  readonly combine: ((left: unknown, right: unknown) => unknown) | undefined;
  /** Those of the topic that keeps what waits. */
  readonly options: TableOptions<Schema, Schema, unknown>;
}

/** Events of a source with what a table has under their keys. Made by `join` and `leftJoin`. */
export interface LookupDefinition<K = unknown, V = unknown, L = unknown, R = unknown> extends Source<K, V, Joined<K, L, R>> {
  readonly kind: 'lookup';
  readonly type: Exclude<JoinType, 'outer'>;
  readonly left: KeyedSource;
  readonly table: LookedUp;
  readonly combine: ((left: unknown, right: unknown) => unknown) | undefined;
}

/** A table of one value for each key, of any kind. */
export interface LookedUp<K = unknown, V = unknown, G = unknown> {
  readonly kind: 'table' | 'source-table' | 'global-table' | 'joined-table';
  readonly name: string;
  readonly of?: { readonly key: K; readonly value: V; readonly got: G };
}

/** What a source gives, without the null of a tombstone: that has no counterpart. */
type Given<V> = Exclude<V, null>;

/**
 * Joins two sources by key: each pair of events whose times are within what is said. An event without a key, and a tombstone, is dropped.
 * @param combine makes the value of a pair. @default the two as an array
 */
export function join<K, L, R, O = readonly [Given<L>, Given<R>]>(
  left: KeyedSource<K, L>,
  right: KeyedSource<K, R>,
  options: JoinOptions,
  combine?: (left: Given<L>, right: Given<R>) => O,
): JoinDefinition<K, O, Given<L>, Given<R>>;
/**
 * Joins a source with a table: each event with what the table has under its key when the event runs. An event whose key is not there is dropped.
 * @param combine makes the value. @default the two as an array
 */
export function join<K, L, R, O = readonly [Given<L>, R]>(
  left: KeyedSource<K, L>,
  table: LookedUp<K, R>,
  combine?: (left: Given<L>, right: R) => O,
): LookupDefinition<K, O, Given<L>, R>;
export function join(left: KeyedSource, right: unknown, options?: unknown, combine?: unknown): unknown {
  return made('inner', left, right, options, combine);
}

/** The same, and an event of the left source without a counterpart with undefined: once its time is over, or at once where the right side is a table. */
export function leftJoin<K, L, R, O = readonly [Given<L>, Given<R> | undefined]>(
  left: KeyedSource<K, L>,
  right: KeyedSource<K, R>,
  options: JoinOptions,
  combine?: (left: Given<L>, right: Given<R> | undefined) => O,
): JoinDefinition<K, O, Given<L>, Given<R> | undefined>;
export function leftJoin<K, L, R, O = readonly [Given<L>, R | undefined]>(
  left: KeyedSource<K, L>,
  table: LookedUp<K, R>,
  combine?: (left: Given<L>, right: R | undefined) => O,
): LookupDefinition<K, O, Given<L>, R | undefined>;
export function leftJoin(left: KeyedSource, right: unknown, options?: unknown, combine?: unknown): unknown {
  return made('left', left, right, options, combine);
}

/** The same, and events of both sources without a counterpart, with undefined for that, once their time is over. */
export function outerJoin<K, L, R, O = readonly [Given<L> | undefined, Given<R> | undefined]>(
  left: KeyedSource<K, L>,
  right: KeyedSource<K, R>,
  options: JoinOptions,
  combine?: (left: Given<L> | undefined, right: Given<R> | undefined) => O,
): JoinDefinition<K, O, Given<L> | undefined, Given<R> | undefined> {
  return made('outer', left, right, options, combine) as JoinDefinition<K, O, Given<L> | undefined, Given<R> | undefined>;
}

function made(type: JoinType, left: KeyedSource, right: unknown, options: unknown, combine: unknown): unknown {
  const isTable = typeof right === 'object' && right !== null && String((right as LookedUp).kind).endsWith('table');
  const rightName = String((right as { readonly name?: unknown } | undefined)?.name);
  if (isTable) return Object.freeze({ kind: 'lookup', type, name: `${left?.name} ⋈ ${rightName}`, left, table: right, combine: options });
  const joining = Object.freeze(givenOptions(options as JoinOptions));
  return Object.freeze({
    ...{ kind: 'join', type, left, right, joining, combine },
    name: joining.name ?? `${left?.name}-${rightName}-join`,
    options: Object.freeze({ key: (left as { readonly options?: { readonly key?: Schema } })?.options?.key ?? 'string', value: 'raw' }),
  });
}

/** Whether a value is a join of two streams of events. */
export function isJoin(value: unknown): value is JoinDefinition {
  return typeof value === 'object' && value !== null && (value as JoinDefinition).kind === 'join';
}

/** Whether a value is a join of events with a table. */
export function isLookup(value: unknown): value is LookupDefinition {
  return typeof value === 'object' && value !== null && (value as LookupDefinition).kind === 'lookup';
}
