import type { ValidationError } from 'class-validator';
import { show } from '../codecs/index.js';
import type { FieldFault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { dateOf } from '../time/index.js';
import { ruleOf } from './declarations/checks.js';
import { type Validation, validationsOf } from './declarations/declared.js';

/** What class-validator found, field by field, with paths, in words that say what would have been right and what came. */
export function faultsOf(errors: readonly ValidationError[], plain: unknown, path = ''): FieldFault[] {
  return errors.flatMap((error) => {
    const inList = Array.isArray(error.target);
    const name = error.property as string | undefined;
    const at = name === undefined ? path : step(path, name, inList);
    const came = valueAt(plain, name, error.value);
    const validations = inList || error.target === undefined ? [] : declared(error.target, name);
    return [...ownFaults(error, validations, at, came), ...faultsOf(error.children ?? [], came, at)];
  });
}

/** The path of a member: `items[2].price`. */
export function step(path: string, name: string, inList: boolean): string {
  if (inList) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** What the message had in a field, before anything was made of it. */
function valueAt(plain: unknown, name: string | undefined, otherwise: unknown): unknown {
  if (name === undefined) return plain;
  return typeof plain === 'object' && plain !== null && Object.hasOwn(plain, name) ? (plain as Record<string, unknown>)[name] : otherwise;
}

function declared(target: object, name: string | undefined): readonly Validation[] {
  return validationsOf(target.constructor as Class).get(name ?? '') ?? [];
}

/** One fault for a field, and one for each item of a list that is not what `each` asks for. */
function ownFaults(error: ValidationError, validations: readonly Validation[], path: string, came: unknown): FieldFault[] {
  const field: string[] = [];
  const items = new Map<number, string[]>();
  for (const [name, message] of Object.entries(error.constraints ?? {})) {
    const validation = validations.find((each) => (each.name ?? each.type) === name || each.type === name);
    const rule = validation && !validation.message ? ruleOf(validation) : undefined;
    if (rule === undefined) field.push(phrase(name, message, error.property, validation));
    else if (!validation?.each || !Array.isArray(error.value)) field.push(name === 'isDate' ? dated(came) : rule.expected);
    else
      for (const [index, value] of error.value.entries())
        if (!rule.test(value)) items.set(index, [...(items.get(index) ?? []), rule.expected]);
  }
  const fault = (expected: readonly string[], at: string, value: unknown) => ({
    path: at,
    expected: [...new Set(expected)].join(' and '),
    received: show(value),
  });
  return [
    ...(field.length === 0 ? [] : [fault(field, path, came)]),
    ...[...items].map(([index, expected]) => fault(expected, step(path, String(index), true), valueAt(came, String(index), undefined))),
  ];
}

/** A date that came as text was not converted: nothing said that it should be. */
function dated(came: unknown): string {
  const convertible = typeof came === 'string' && dateOf(came) !== undefined;
  return convertible ? 'a date (add @Type(() => Date), or coerce in @Record, to read it from text)' : 'a date';
}

/** The words of a decorator that we do not know, without the name of the field, which stands before them already. */
function phrase(name: string, message: string, property: string | undefined, validation: Validation | undefined): string {
  if (name === 'unknownValue') return 'a record with validators (add @Type(() => Class) beside @ValidateNested)';
  if (name === 'nestedValidation' && (message === '' || message.includes('must be either object or array'))) return 'an object';
  if (validation?.message) return message;
  return message
    .replace(`each value in ${property} must be`, 'only items that are')
    .replace(new RegExp(`^${literally(property ?? '')} (must be )?`), '');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
