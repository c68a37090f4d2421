import type { Class } from '../metadata/index.js';
import { ruleOf } from './declarations/checks.js';
import { typesOf, validationsOf } from './declarations/declared.js';
import type { Rule } from './declarations/rules.js';
import { readDate } from './decoders/dates.js';
import { isExact } from './decoders/reading.js';

type Fields = Record<string, unknown>;
type Kind = NonNullable<Rule['kind']>;

/** Changes the fields of a parsed object, in place, into the types that the validators of a class ask for. */
export type Coerce = (plain: unknown) => void;

/** What `coerce` does to the messages of a record; values that cannot be read as the type are left for validation to refuse. */
export function coercion(record: Class, known: Map<Class, Coerce> = new Map()): Coerce {
  const steps: ((plain: Fields) => void)[] = [];
  const coerce: Coerce = (plain) => {
    if (Array.isArray(plain)) for (const item of plain) coerce(item);
    else if (typeof plain === 'object' && plain !== null) for (const step of steps) step(plain as Fields);
  };
  known.set(record, coerce);
  for (const [name, kind, each] of kindsOf(record)) steps.push((plain) => coerceField(plain, name, kind, each));
  for (const [name, { type }] of typesOf(record)) {
    if (typeof type !== 'function' || validationsOf(type as Class).size === 0) continue;
    const nested = known.get(type as Class) ?? coercion(type as Class, known);
    steps.push((plain) => nested(plain[name]));
  }
  return coerce;
}

function kindsOf(record: Class): (readonly [string, Kind, boolean])[] {
  return [...validationsOf(record)].flatMap(([name, declared]) => {
    const typed = declared.flatMap((each) => {
      const kind = ruleOf(each)?.kind;
      return kind === undefined ? [] : [[name, kind, each.each ?? false] as const];
    });
    return typed.slice(0, 1);
  });
}

function coerceField(plain: Fields, name: string, kind: Kind, each: boolean): void {
  const value = Object.hasOwn(plain, name) ? plain[name] : undefined;
  if (value === undefined || value === null) return;
  plain[name] = each && Array.isArray(value) ? value.map(converters[kind]) : converters[kind](value);
}

const decimal = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

/** A text as a number, unless that would round a whole number. */
function toNumber(value: unknown): unknown {
  if (typeof value !== 'string' || !decimal.test(value)) return value;
  const number = Number(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
}

function toDate(value: unknown): unknown {
  const given = toNumber(value);
  if (typeof given !== 'string' && typeof given !== 'number') return value;
  const date = readDate(given) as Date;
  return Number.isNaN(date.getTime()) ? value : date;
}

const converters: Readonly<Record<Kind, (value: unknown) => unknown>> = {
  number: toNumber,
  boolean: (value) => (value === 'true' ? true : value === 'false' ? false : value),
  string: (value) => (typeof value === 'boolean' || (typeof value === 'number' && isExact(value)) ? String(value) : value),
  date: toDate,
};
