import { dropHostileKeys, isHostile } from '../hostile-keys.js';

/** What a compiled decoder answers when something is not as it should be: class-validator then says what. */
export const refused = undefined;

/** Builds a checked instance of a record from a parsed object. */
export type Build = (plain: Readonly<Record<string, unknown>>) => object | typeof refused;

/** The decoder of a class, in a place of its own, for records may contain themselves. */
export interface Builder {
  build: Build;
  /** Nothing undeclared gets into a record, at any level: what Faust adds to a message is left behind without looking for it. */
  closed: boolean;
}

/** A nested record, or a list of them. Anything else is for class-validator to judge. */
export function readRecord(builder: Builder, value: unknown): unknown {
  if (Array.isArray(value)) return readList(builder, value);
  return typeof value === 'object' && value !== null ? builder.build(value as Record<string, unknown>) : refused;
}

function readList(builder: Builder, values: readonly unknown[]): unknown[] | typeof refused {
  const records = new Array<unknown>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused;
    const record = builder.build(value as Record<string, unknown>);
    if (record === refused) return refused;
    records[i] = record;
  }
  return records;
}

/** A value whose shape nothing declares. It is not copied: JSON.parse has just made it, and nobody else has it. */
export function readAnything(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) dropHostileKeys(value);
  return isExact(value) ? value : refused;
}

/** Whether no number in a value may have been rounded. What is beyond 2⁵³ − 1 is looked for in the text of the message. */
export function isExact(value: unknown): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isExact);
  for (const key in value) if (!isExact((value as Record<string, unknown>)[key])) return false;
  return true;
}

/** Whether a parsed object has only fields that are declared. */
export function hasOnly(plain: object, known: ReadonlySet<string>): boolean {
  for (const key in plain) if (!known.has(key)) return false;
  return true;
}

/** Copies the fields that nothing declares; not onto methods and read-only properties of the class. False refuses the message. */
export function keepOthers(record: object, plain: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): boolean {
  const target = record as Record<string, unknown>;
  for (const key in plain) {
    if (known.has(key) || isHostile(key) || isTaken(target, key)) continue;
    const value = readAnything(plain[key]);
    if (value === refused) return false;
    target[key] = value;
  }
  return true;
}

function isTaken(record: Record<string, unknown>, key: string): boolean {
  if (!(key in record)) return false;
  for (let each: object | null = record; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const declared = Object.getOwnPropertyDescriptor(each, key);
    if (declared !== undefined) return 'value' in declared ? typeof declared.value === 'function' : declared.set === undefined;
  }
  return false;
}
