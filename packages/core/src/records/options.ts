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
}

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
