import type { Check } from '../declarations/checks.js';
import type { Rule } from '../declarations/rules.js';
import { readDate } from './dates.js';
import type { FieldPlan, Reading, RecordPlan } from './plan.js';
import { type Build, type Builder, hasOnly, isExact, keepOthers, readAnything, readRecord, refused } from './reading.js';

type Fields = Record<string, unknown>;

/** Puts a plan together from closures, where code generation from strings is forbidden. Accepts and builds what `generate` does. */
export function interpret(plan: RecordPlan, builders: readonly (Builder | undefined)[]): Build {
  const known = new Set(plan.fields.map(({ name }) => name));
  const readers = plan.fields.map((field, i) => reader(field, builders[i]));
  const checkers = plan.fields.map(checker);
  return (plain) => {
    if (plan.unknown === 'reject' && !hasOnly(plain, known)) return refused;
    const record = new plan.record() as Fields;
    for (const read of readers) if (!read(plain, record)) return refused;
    if (plan.unknown === 'keep' && !keepOthers(record, plain, known)) return refused;
    for (const check of checkers) if (!check(record)) return refused;
    return record;
  };
}

/** Sets one field; an absent one keeps the value that the class gives it. False refuses the message. */
function reader({ name, reading }: FieldPlan, builder: Builder | undefined): (plain: Readonly<Fields>, record: Fields) => boolean {
  const convert = converter(reading, builder);
  const nested = reading.as === 'record';
  const mayBeRefused = nested || reading.as === 'scalar' || reading.as === 'anything';
  return (plain, record) => {
    const given = plain[name];
    if (given === undefined) return !nested || record[name] === undefined || record[name] === null;
    const value = convert(given);
    if (mayBeRefused && value === refused) return false;
    record[name] = value;
    return true;
  };
}

function converter(reading: Reading, builder: Builder | undefined): (value: unknown) => unknown {
  switch (reading.as) {
    case 'scalar':
      return (value) => (isExact(value) ? value : refused);
    case 'anything':
      return readAnything;
    case 'date':
      return readDate;
    case 'converted':
      return reading.convert;
    case 'record':
      return (value) => (value === null ? null : readRecord(builder as Builder, value));
  }
}

function checker({ name, reading, optional, conditions, rules, calls }: FieldPlan): (record: Fields) => boolean {
  const nested: Check[] = reading.as === 'record' ? [(_, value) => value !== null] : [];
  const checks = [...rules.map(({ rule, each }) => test(rule, each)), ...nested, ...calls];
  return (record) => {
    const value = record[name];
    if (optional && (value === null || value === undefined)) return true;
    if (!conditions.every((condition) => condition(record, value))) return true;
    return checks.every((check) => check(record, value));
  };
}

function test(rule: Rule, each: boolean): Check {
  return each
    ? (_, value) => (Array.isArray(value) ? value.every((item) => rule.test(item)) : rule.test(value))
    : (_, value) => rule.test(value);
}
