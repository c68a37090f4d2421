import { type Class, Slot } from '../metadata/index.js';

/** What `@Record` takes. */
export interface RecordOptions {
  /** What the record is called in lists and error messages. @default the name of the class */
  readonly name?: string;
  /**
   * What becomes of fields that the class declares no validator for: dropped, kept as they are, or the message is refused.
   * Governs nested records too. A class without any validator keeps everything. @default 'strip'
   */
  readonly unknown?: 'strip' | 'keep' | 'reject';
  /**
   * Reads what is written in another type: `'42'` for a number, `'true'` for a boolean, `42` for a string, and for a date
   * an ISO text, milliseconds since 1970 or those as text. Governs nested records too. @default false
   */
  readonly coerce?: boolean;
  /**
   * Of which version the fields are: another one each time they change so that code of before could not read them. Written beside them, as `weir-version`,
   * from version 2 on; what says none is of version 1. Of records within the record it says nothing. @default 1
   */
  readonly version?: number;
  /** How what an earlier version has written is read: `{ 1: (old) => … }` makes of the members of version 1 those of version 2. One for each version before. */
  readonly upcast?: Readonly<Record<number, Upcast>>;
}

/** Makes of the members of a record, as its JSON has them, those of the next version. May change what it is given. It is compared as methods are: `old` may be of any type. */
export type Upcast = { upcast(old: object): object }['upcast'];

/** What `@Record` writes. A class that extends a record has its options unless it has its own. */
export const recordOptions = new Slot<RecordOptions>('record');

/** What a record class is called; a name given to `@Record` is not inherited. */
export function recordName(record: Class): string {
  const options = recordOptions.read(record);
  const parent = Object.getPrototypeOf(record) as Class;
  const inherited = typeof parent === 'function' && parent !== Function.prototype && recordOptions.read(parent) === options;
  return (inherited ? undefined : options?.name) ?? record.name;
}

/** Whether a value is of a class that was declared as a record. */
export function isRecord(value: object): boolean {
  const made: unknown = (Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null)?.constructor;
  return typeof made === 'function' && recordOptions.read(made as Class) !== undefined;
}
