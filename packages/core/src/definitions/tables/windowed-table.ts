import { type BytesCodec, decodeBytes } from '../../codecs/index.js';
import { givenOptions } from '../../errors/index.js';
import { type Duration, durationMs } from '../../time/index.js';
import { type ChangedTable, type ChangesDefinition, changesOf, type TableChange } from '../changes.js';
import { keyCodecOf, type Schema } from '../schema.js';
import type { Source } from '../source.js';
import type { TableOptions } from './table-options.js';

export interface WindowOptions {
  /** How long after its end a window takes late events. @default 0 */
  readonly grace?: Duration;
  /** How long after its end a window can be read; it does not change when it is closed. @default it leaves when it closes */
  readonly keep?: Duration;
  /** How often `changes` gives what has become of a window. @default one change for each checkpoint */
  readonly emit?: EmitOptions;
  /** What becomes of an event whose windows are closed: it is counted and logged, or given to the source `late` too. @default 'drop' */
  readonly onLate?: 'drop' | 'source';
  /** Two windowings of one table need names of their own. @default that of the table */
  readonly name?: string;
}

export interface EmitOptions {
  /** A window has one change in this time, at most, by the clock of the worker; and one when it closes, where its last value was not given. At least 1 ms. */
  readonly every: Duration;
}

export interface SessionOptions<K = unknown, V = unknown> extends WindowOptions {
  /** Makes one value of those of two sessions that an event joins. Called in the order of their starts. */
  merge(earlier: V, later: V, key: K): V;
}

/** How a table is cut into windows. */
export type Windowing =
  | { readonly kind: 'grid'; readonly size: Duration; readonly every: Duration; readonly options: WindowOptions }
  | { readonly kind: 'session'; readonly gap: Duration; readonly options: SessionOptions };

/** The grid of aligned windows, in milliseconds. @throws ConfigurationError */
export function gridOf({ size, every }: Extract<Windowing, { kind: 'grid' }>): { readonly size: number; readonly every: number } {
  return { size: durationMs(size, 'size'), every: durationMs(every, 'every') };
}

/** What the events of windows have beside value and time. */
export interface InWindow<K = unknown> {
  readonly key: K;
  readonly window: { readonly key: K; readonly start: number; readonly end: number };
  readonly isLate: boolean;
}

/** The windows of a table that close, what came too late for them, or what they have become by now. */
export interface WindowSource<K = unknown, V = unknown> extends Source<K, V, InWindow<K>> {
  readonly kind: 'closed' | 'late' | 'updates';
  readonly table: WindowedTableDefinition;
}

/** The changes of windows: as the changelog has them, or with `emit` every so often. */
export type WindowChanges<K = unknown, V = unknown> = ChangesDefinition<K, V, InWindow<K>> | WindowSource<K, TableChange<K, V>>;

/**
 * A table with a value for each key and window. Made by `tumbling`, `hopping` and `session` of a table.
 * @typeParam G what `get` gives: V with a default, V | undefined without
 */
export interface WindowedTableDefinition<K = unknown, V = unknown, G = V | undefined> {
  readonly kind: 'windowed-table';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  readonly name: string;
  readonly options: TableOptions<Schema, Schema, unknown>;
  readonly windowing: Windowing;
  /** Windows that have closed: once for each key, window and committed checkpoint, in the order of their ends for each key. */
  readonly closed: WindowSource<K, V>;
  /**
   * What checkpoints change in it: one change for each key, window and checkpoint, in order; a window that leaves is a deletion. With `emit` one for each key and
   * window in that time, with the newest value; a window that closes is none.
   */
  readonly changes: WindowChanges<K, V>;
  /** Events that wrote to windows which were closed: the value of the event, with the key and the window that it missed. */
  readonly late: WindowSource<K, unknown>;
  /** Carries the types of keys and values; there is nothing in it. */
  readonly of?: { readonly key: K; readonly value: V; readonly got: G };
}

/** The ways to cut a table into windows of event time. */
export interface Windowable<K, V, G> {
  /** Windows of one size, side by side, aligned to the epoch: a value belongs to one. */
  tumbling(size: Duration, options?: WindowOptions): WindowedTableDefinition<K, V, G>;
  /** Windows of one size that begin `every` so often, aligned to the epoch: a value belongs to all that hold its time. */
  hopping(size: Duration, every: Duration, options?: WindowOptions): WindowedTableDefinition<K, V, G>;
  /** Windows of events of one key with less than `gap` between them: `[first, last + gap)`. */
  session(gap: Duration, options: SessionOptions<K, V>): WindowedTableDefinition<K, V, G>;
}

/** @param table what is cut into windows */
export function windowable(table: {
  readonly name: string;
  readonly options: WindowedTableDefinition['options'];
}): Windowable<unknown, unknown, unknown> {
  return {
    tumbling: (size, options = {}) => windowedTable(table, { kind: 'grid', size, every: size, options }),
    hopping: (size, every, options = {}) => windowedTable(table, { kind: 'grid', size, every, options }),
    session: (gap, options) => windowedTable(table, { kind: 'session', gap, options }),
  };
}

function windowedTable(
  table: { readonly name: string; readonly options: WindowedTableDefinition['options'] },
  windowing: Windowing,
): WindowedTableDefinition<never, never, never> {
  const options = Object.freeze(givenOptions(windowing.options));
  const name = options.name ?? table.name;
  const definition = {
    kind: 'windowed-table' as const,
    identifier: Symbol(`windowed table ${String(name)}`),
    name,
    options: table.options,
    windowing: Object.freeze({ ...windowing, options }) as Windowing,
    closed: undefined as unknown,
    changes: undefined as unknown,
    late: undefined as unknown,
  };
  const derived = (kind: WindowSource['kind'], member: string) =>
    Object.freeze({ kind, name: `${String(name)}.${member}`, table: definition });
  definition.closed = derived('closed', 'closed');
  definition.late = derived('late', 'late');
  definition.changes = options.emit === undefined ? changesOf(definition as unknown as ChangedTable) : derived('updates', 'changes');
  return Object.freeze(definition) as WindowedTableDefinition<never, never, never>;
}

/** Bytes after the key in the changelog of a windowed table: start and end of the window, and what the entry is. */
export const windowSuffixBytes = 17;

/** The keys of a windowed table, as they are read from its changelog. */
export function windowedKeys(schema: Schema): BytesCodec<unknown> & { readonly keys: Schema } {
  const keys = keyCodecOf(schema);
  return {
    name: 'window key',
    keys: schema,
    decode: (bytes) => decodeBytes(keys, bytes.subarray(0, -windowSuffixBytes)),
    encode: () => {
      throw new TypeError('a changelog is written by its table');
    },
  };
}

/** Whether a value defines a table of windows. */
export function isWindowedTable(value: unknown): value is WindowedTableDefinition {
  return typeof value === 'object' && value !== null && (value as WindowedTableDefinition).kind === 'windowed-table';
}

/** Whether a value is derived from the windows of a table. */
export function isWindowSource(value: unknown): value is WindowSource {
  return typeof value === 'object' && value !== null && ['closed', 'late', 'updates'].includes((value as WindowSource).kind);
}
