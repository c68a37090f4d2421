import { length } from 'class-validator/cjs/decorator/string/Length.js';
import { matches } from 'class-validator/cjs/decorator/string/Matches.js';
import { maxLength } from 'class-validator/cjs/decorator/string/MaxLength.js';
import { minLength } from 'class-validator/cjs/decorator/string/MinLength.js';
import { isNumber } from 'class-validator/cjs/decorator/typechecker/IsNumber.js';
import { show } from '../../codecs/index.js';

/** A condition on one value, as a function and as source text; both accept exactly what class-validator's decorator accepts of parsed JSON. */
export interface Rule {
  test(value: unknown): boolean;
  /** The same as an expression over the variable `value`; `constant` gives a name to what cannot be written as text. */
  source?(value: string, constant: (given: unknown) => string): string;
  /** What is expected, so that it fits after "expected". */
  readonly expected: string;
  /** What a decoder may convert to when the record coerces. */
  readonly kind?: 'number' | 'string' | 'boolean' | 'date';
  /** No object or list passes. */
  readonly scalar?: boolean;
}

type Constraints = readonly unknown[];

/** A decorator that we know: part of its message, by which another one of the same name is told apart, and its rule. */
export interface KnownRule {
  readonly says: string;
  rule(constraints: Constraints): Rule | undefined;
}

const simple = (says: string, rule: Rule): KnownRule => ({ says, rule: () => rule });

const isNumeric = (value: unknown): value is number => typeof value === 'number';

function bound(expected: string, limit: unknown, holds: (value: number, limit: number) => boolean, operator: string): Rule | undefined {
  if (typeof limit !== 'number' || Number.isNaN(limit)) return undefined;
  return {
    test: (value) => isNumeric(value) && holds(value, limit),
    source: (value) => `typeof ${value} === 'number' && ${value} ${operator} ${limit}`,
    expected: `${expected} ${limit}`,
    scalar: true,
  };
}

function size(expected: string, limit: unknown, holds: (length: number, limit: number) => boolean): Rule | undefined {
  if (typeof limit !== 'number') return undefined;
  return {
    test: (value) => Array.isArray(value) && holds(value.length, limit),
    expected: `${expected} ${limit} ${limit === 1 ? 'item' : 'items'}`,
  };
}

/** A code point or an emoji counts once for class-validator, which takes two regular expressions; most texts need neither. */
function letters(expected: string, [min, max]: Constraints, exact: (value: unknown) => boolean): Rule {
  const least = typeof min === 'number' ? min * 3 : Number.POSITIVE_INFINITY;
  const most = max === undefined ? Number.POSITIVE_INFINITY : typeof max === 'number' ? max : -1;
  return {
    test: (value) => typeof value === 'string' && ((value.length >= least && value.length <= most) || exact(value)),
    expected,
    scalar: true,
  };
}

/** Few values are compared one by one, which is quicker than hashing a fresh string; NaN is left to `Set`, which alone finds it. */
function oneOf(values: Constraints, negated = false): Rule {
  const set = new Set(values);
  const inline = values.length > 0 && values.length <= 8 && values.every((each) => typeof each === 'string' || Number.isFinite(each));
  return {
    test: (value) => set.has(value) !== negated,
    source: (value, constant) => {
      if (!inline) return `${constant(set)}.has(${value}) !== ${negated}`;
      return `(${values.map((each) => `${value} === ${JSON.stringify(each)}`).join(' || ')}) !== ${negated}`;
    },
    expected: `${negated ? 'none' : 'one'} of ${values.map(show).join(', ')}`,
    scalar: !negated,
  };
}

/** `IsIn` compares with `===`, for which NaN is never in a list; `IsEnum` finds it. */
const withoutNaN = (values: Constraints) => values.filter((each) => !Number.isNaN(each));

function pattern([given, modifiers]: Constraints): Rule {
  const regex = given instanceof RegExp ? given : undefined;
  const expected = `text that matches ${String(given)}`;
  const stateless = regex !== undefined && !regex.global && !regex.sticky;
  if (stateless) return { test: (value) => typeof value === 'string' && regex.test(value), expected, scalar: true };
  return { test: (value) => matches(value as string, given as string, modifiers as string), expected, scalar: true };
}

function decimal([options]: Constraints): Rule {
  const test = (value: unknown) => isNumber(value, (options ?? {}) as Parameters<typeof isNumber>[1]);
  const plain = options === undefined || Object.keys(options as object).length === 0;
  const { maxDecimalPlaces: places } = (options ?? {}) as { maxDecimalPlaces?: number };
  const expected = places === undefined ? 'a number' : `a number with at most ${places} decimal ${places === 1 ? 'place' : 'places'}`;
  return { test, expected, kind: 'number', scalar: true, ...(plain ? { source: (value: string) => `Number.isFinite(${value})` } : {}) };
}

/** The decorators whose checks are compiled into a decoder. Any other is called as class-validator would call it. */
export const knownRules: Readonly<Record<string, KnownRule>> = {
  isString: simple('must be a string', {
    test: (value) => typeof value === 'string',
    source: (value) => `typeof ${value} === 'string'`,
    expected: 'a string',
    kind: 'string',
    scalar: true,
  }),
  isInt: simple('must be an integer number', {
    test: (value) => Number.isInteger(value),
    source: (value) => `Number.isInteger(${value})`,
    expected: 'an integer number',
    kind: 'number',
    scalar: true,
  }),
  isNumber: { says: 'must be a number conforming to the specified constraints', rule: decimal },
  isBoolean: simple('must be a boolean value', {
    test: (value) => typeof value === 'boolean',
    source: (value) => `typeof ${value} === 'boolean'`,
    expected: 'true or false',
    kind: 'boolean',
    scalar: true,
  }),
  isDate: simple('must be a Date instance', {
    test: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
    expected: 'a date',
    kind: 'date',
  }),
  isArray: simple('must be an array', { test: Array.isArray, source: (value) => `Array.isArray(${value})`, expected: 'a list' }),
  isObject: simple('must be an object', {
    test: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    expected: 'an object',
  }),
  isDefined: simple('should not be null or undefined', { test: (value) => value !== undefined && value !== null, expected: 'a value' }),
  isNotEmpty: simple('should not be empty', {
    test: (value) => value !== '' && value !== null && value !== undefined,
    expected: 'something not empty',
  }),
  isEmpty: simple('must be empty', { test: (value) => value === '' || value === null || value === undefined, expected: 'nothing' }),
  isPositive: simple('must be a positive number', {
    test: (value) => isNumeric(value) && value > 0,
    expected: 'a positive number',
    scalar: true,
  }),
  isNegative: simple('must be a negative number', {
    test: (value) => isNumeric(value) && value < 0,
    expected: 'a negative number',
    scalar: true,
  }),
  min: { says: 'must not be less than', rule: ([limit]) => bound('at least', limit, (value, least) => value >= least, '>=') },
  max: { says: 'must not be greater than', rule: ([limit]) => bound('at most', limit, (value, most) => value <= most, '<=') },
  minLength: {
    says: 'must be longer than or equal to',
    rule: ([min]) => letters(`at least ${min} characters`, [min], (value) => minLength(value, min as number)),
  },
  maxLength: {
    says: 'must be shorter than or equal to',
    rule: ([max]) => letters(`at most ${max} characters`, [0, max], (value) => maxLength(value, max as number)),
  },
  isLength: {
    says: 'must be longer than or equal to',
    rule: ([min, max]) =>
      letters(max === undefined ? `at least ${min} characters` : `${min} to ${max} characters`, [min, max], (value) =>
        length(value, min as number, max as number),
      ),
  },
  matches: { says: 'must match', rule: pattern },
  isEnum: {
    says: 'must be one of the following values',
    rule: ([entity, shown]) => ({ ...oneOf(Object.values(entity as object)), expected: oneOf(shown as Constraints).expected }),
  },
  isIn: {
    says: 'must be one of the following values',
    rule: ([values]) => (Array.isArray(values) ? { ...oneOf(withoutNaN(values)), expected: oneOf(values).expected } : undefined),
  },
  isNotIn: {
    says: 'should not be one of the following values',
    rule: ([values]) =>
      Array.isArray(values) ? { ...oneOf(withoutNaN(values), true), expected: oneOf(values, true).expected } : undefined,
  },
  equals: { says: 'must be equal to', rule: ([other]) => ({ test: (value) => value === other, expected: show(other) }) },
  notEquals: {
    says: 'should not be equal to',
    rule: ([other]) => ({ test: (value) => value !== other, expected: `anything but ${show(other)}` }),
  },
  arrayMinSize: { says: 'must contain at least', rule: ([limit]) => size('at least', limit, (length, least) => length >= least) },
  arrayMaxSize: { says: 'must contain no more than', rule: ([limit]) => size('at most', limit, (length, most) => length <= most) },
  arrayNotEmpty: simple('should not be empty', {
    test: (value) => Array.isArray(value) && value.length > 0,
    expected: 'a list that is not empty',
  }),
};
