import type { ValidationArguments } from 'class-validator';
import { constraintsOf, type Validation } from './declared.js';
import { knownRules, type Rule } from './rules.js';

/** Tells whether a value is right; `record` is the whole instance, already built. */
export type Check = (record: object, value: unknown) => boolean;

/** The rule of a decorator that we know; undefined for any other, also for one that merely has the name of one that we know. */
export function ruleOf(validation: Validation): Rule | undefined {
  const { name = '', constraints = [] } = validation;
  const known = Object.hasOwn(knownRules, name) ? knownRules[name] : undefined;
  if (known === undefined || validation.validateIf !== undefined) return undefined;
  const [constraint, ...others] = constraintsOf(validation);
  if (constraint === undefined || others.length > 0 || constraint.async) return undefined;
  const says = constraint.instance.defaultMessage?.(given({}, '', validation)) ?? '';
  return says.includes(`$property ${known.says}`) ? known.rule(constraints) : undefined;
}

/** Any decorator, called as class-validator calls it: asynchronous ones are skipped, for decoding does not wait. */
export function callOf(validation: Validation): Check {
  return (record, value) => {
    if (validation.validateIf?.(record, value) === false) return true;
    return constraintsOf(validation).every(({ async, instance }) => {
      const passes = (each: unknown) => Boolean(instance.validate(each, given(record, value, validation)));
      if (async) return true;
      return validation.each && isCollection(value) ? [...value.values()].every(passes) : passes(value);
    });
  };
}

/** Whether `each` means the items of a value and not the value itself. */
function isCollection(value: unknown): value is { values(): Iterable<unknown> } {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

function given(record: object, value: unknown, { constraints, propertyName }: Validation): ValidationArguments {
  return { targetName: record.constructor.name, property: propertyName, object: record, value, constraints: [...(constraints ?? [])] };
}
