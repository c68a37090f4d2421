import type { Class } from '../../metadata/index.js';
import { dateOf } from '../../time/index.js';
import { isConverted, nestedOf, type Typed, typesOf } from '../declarations/declared.js';

type Fields = Record<string, unknown>;

/** What a value becomes that is declared a date with `@Type`, as ISO 8601 or in milliseconds. Null stays; anything else is an invalid date. */
export function readDate(value: unknown): unknown {
  if (typeof value === 'string') return new Date(dateOf(value) ?? Number.NaN);
  if (Array.isArray(value)) return value.map(readDate);
  return value === null || value === undefined ? value : new Date(typeof value === 'number' ? value : Number.NaN);
}

/** Of each class, once: its fields in which dates are looked for, and whether there are any in it or within it. */
const fields = new WeakMap<Class, readonly Typed[]>();
const dated = new WeakMap<Class, boolean>();

/** A parsed message for class-transformer, which makes a date of anything: of `order 1`, of `true`, and of the 30th of February. */
export function withDatesOnly(record: Class, plain: unknown): unknown {
  const isDated = dated.get(record) ?? hasDates(record, new Set());
  dated.set(record, isDated);
  return isDated ? ofRecord(record, plain) : plain;
}

/** Not those of a `@Transform`: it reads what the message has. */
function fieldsOf(record: Class): readonly Typed[] {
  const known = fields.get(record);
  if (known !== undefined) return known;
  const made = [...typesOf(record)].filter(([name]) => !isConverted(record, name)).map(([, typed]) => typed);
  fields.set(record, made);
  return made;
}

function hasDates(record: Class, seen: Set<Class>): boolean {
  if (seen.has(record)) return false;
  seen.add(record);
  const types = typesOf(record);
  return [...types.values()].some(({ type }) => type === Date) || nestedOf(types).some((each) => hasDates(each, seen));
}

function ofRecord(record: Class, plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map((item) => ofRecord(record, item));
  if (typeof plain !== 'object' || plain === null) return plain;
  const checked: Fields = { ...plain };
  for (const typed of fieldsOf(record))
    if (Object.hasOwn(checked, typed.given)) checked[typed.given] = ofField(typed, checked[typed.given]);
  return checked;
}

function ofField(typed: Typed, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => ofField(typed, item));
  const type = typed.typeOf(value);
  if (type === Date) return typed.reflected === Map ? value : onlyDate(value);
  return typeof type === 'function' ? ofRecord(type as Class, value) : value;
}

/** A date that is none is none for class-transformer, too. */
function onlyDate(value: unknown): unknown {
  const date = readDate(value);
  return date instanceof Date && Number.isNaN(date.getTime()) ? Number.NaN : value;
}
