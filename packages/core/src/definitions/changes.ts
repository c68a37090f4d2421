import { decodeBytes } from '../codecs/index.js';
import { codecOf, type Schema, type ValueOptions, valueSchema } from './schema.js';
import type { Source } from './source.js';

/** What a checkpoint has changed of one key of a table. */
export interface TableChange<K = unknown, V = unknown> {
  readonly key: K;
  /** Undefined where the key was deleted. */
  readonly value: V | undefined;
  /**
   * What it had before; undefined where it was not there. Undefined, too, for entries of before an agent of the app read changes, and where it took more than
   * half of what a changelog takes.
   */
  readonly previous: V | undefined;
}

/** The header of a changelog entry that has the value before; written while an agent of the app reads changes. */
export const previousHeader = 'weir-previous';

/** The definition of a table, as far as its changes need it. */
export interface ChangedTable {
  readonly name: string;
  readonly options: ValueOptions & { readonly key: Schema };
}

/** The committed changes of a table, as its changelog has them: what `table.changes` is. */
export interface ChangesDefinition<K = unknown, V = unknown, X = unknown> extends Source<K, TableChange<K, V>, X> {
  readonly kind: 'changes';
  readonly table: ChangedTable;
}

export function changesOf<K, V, X = unknown>(table: ChangedTable): ChangesDefinition<K, V, X> {
  return Object.freeze({ kind: 'changes' as const, name: `${String(table.name)}.changes`, table });
}

/** Whether a value is the changes of a table. */
export function isChanges(value: unknown): value is ChangesDefinition {
  return typeof value === 'object' && value !== null && (value as ChangesDefinition).kind === 'changes';
}

/** What a message says, beside what is decoded of it. */
export interface MessageParts {
  readonly key: unknown;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** Makes of a message of the changelog what agents are given. */
export function changeReader({ options }: ChangedTable): (message: MessageParts) => TableChange {
  const codec = codecOf(valueSchema(options));
  return ({ key, value, headers: { [previousHeader]: previous } }) => ({
    key,
    value: value ?? undefined,
    previous: previous === undefined ? undefined : decodeBytes(codec, previous),
  });
}
