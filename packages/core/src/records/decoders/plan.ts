import { plainToInstance } from 'class-transformer';
import type { Class } from '../../metadata/index.js';
import { type Check, callOf, ruleOf } from '../declarations/checks.js';
import { declarationsAreVisible, isTransformed, type Typed, typesOf, type Validation, validationsOf } from '../declarations/declared.js';
import type { Rule } from '../declarations/rules.js';
import { dropHostileKeys, isHostile } from '../hostile-keys.js';

/** How the value of a field is made from parsed JSON: taken as it is, cleaned, a date, a nested record, or converted by class-transformer. */
export type Reading =
  | { readonly as: 'scalar' | 'anything' | 'date' }
  | { readonly as: 'record'; readonly record: Class }
  | { readonly as: 'converted'; readonly convert: (value: unknown) => unknown };

/** One field of a record as a decoder sees it. */
export interface FieldPlan {
  readonly name: string;
  readonly reading: Reading;
  /** Null and absent are as good as any value. */
  readonly optional: boolean;
  /** All must hold before anything is checked. */
  readonly conditions: readonly Check[];
  readonly rules: readonly { readonly rule: Rule; readonly each: boolean }[];
  readonly calls: readonly Check[];
}

/** A record class as a decoder sees it. */
export interface RecordPlan {
  readonly record: new () => object;
  readonly unknown: 'strip' | 'keep' | 'reject';
  readonly fields: readonly FieldPlan[];
}

/**
 * Reads the decorators of a class into a plan that can be compiled. Undefined when only class-transformer and
 * class-validator themselves know what to make of it.
 */
export function planOf(record: Class, unknown: RecordPlan['unknown'], nested = false): RecordPlan | undefined {
  if (!declarationsAreVisible || isTransformed(record)) return undefined;
  const validations = validationsOf(record);
  if (nested && validations.size === 0) return undefined;
  const kept = validations.size === 0 ? 'keep' : unknown;
  const types = typesOf(record);
  const names = new Set([...validations.keys(), ...(kept === 'keep' ? types.keys() : [])]);
  const blank = blankOf(record);
  const fields = [...names].map((name) => (blank === undefined || isSpecial(blank, name) ? undefined : fieldOf(name, validations, types)));
  if (blank === undefined || fields.includes(undefined)) return undefined;
  return { record: record as unknown as new () => object, unknown: kept, fields: fields as FieldPlan[] };
}

function blankOf(record: Class): object | undefined {
  try {
    return new (record as unknown as new () => object)();
  } catch {
    return undefined;
  }
}

/** Fields that are more than a place for a value: accessors, functions, names that every object has, collections. */
function isSpecial(blank: object, name: string): boolean {
  const value = (blank as Record<string, unknown>)[name];
  const inherited = name in (Object.getPrototypeOf(blank) as object);
  return isHostile(name) || inherited || typeof value === 'function' || value instanceof Set || value instanceof Map;
}

function fieldOf(
  name: string,
  validations: ReadonlyMap<string, readonly Validation[]>,
  types: ReadonlyMap<string, Typed>,
): FieldPlan | undefined {
  const declared = validations.get(name) ?? [];
  if (declared.some(({ type }) => type === 'promiseValidation')) return undefined;
  const conditional = declared.filter(({ type }) => type === 'conditionalValidation');
  const isOptional = ({ name: decorator }: Validation) => decorator === 'isOptional';
  const conditions = conditional.filter((each) => !isOptional(each)).map(({ constraints }) => constraints?.[0] as Check);
  const checks = declared
    .filter(({ type }) => type === 'customValidation' || type === 'isDefined')
    .map((each) => [each, ruleOf(each)] as const);
  const rules = checks.flatMap(([{ each = false }, rule]) => (rule === undefined ? [] : [{ rule, each }]));
  const calls = checks.flatMap(([validation, rule]) => (rule === undefined ? [callOf(validation)] : []));
  const validated = declared.some(({ type }) => type === 'nestedValidation');
  const scalar = conditions.length === 0 && rules.some(({ rule }) => rule.scalar);
  const reading = readingOf(types.get(name), validated, scalar);
  if (reading === undefined || (validated && conditions.length > 0)) return undefined;
  return { name, reading, optional: conditional.some(isOptional), conditions, rules, calls };
}

/** What class-transformer does to lists of a field whose type the compiler has written down: nothing, for these. */
const harmless = new Set<unknown>([undefined, Object, Array, String, Number, Boolean, Date]);

function readingOf(typed: Typed | undefined, validated: boolean, scalar: boolean): Reading | undefined {
  if (typed === undefined) return validated ? undefined : { as: scalar ? 'scalar' : 'anything' };
  const { type, fixed, reflected } = typed;
  const known = harmless.has(reflected) || reflected === type;
  if (!fixed || !known || typeof type !== 'function' || type === Map || type === Set || type === Array) return undefined;
  if (validated) return harmless.has(type) ? undefined : { as: 'record', record: type as Class };
  if (type === Date) return { as: 'date' };
  return { as: 'converted', convert: (value) => converted(type as Class, value) };
}

function converted(type: Class, value: unknown): unknown {
  dropHostileKeys(value);
  return plainToInstance(type as unknown as new () => object, value);
}
