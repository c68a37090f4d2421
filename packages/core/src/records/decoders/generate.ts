import { readDate } from './dates.js';
import type { FieldPlan, RecordPlan } from './plan.js';
import { type Build, type Builder, hasOnly, isExact, keepOthers, readAnything, readRecord } from './reading.js';

/**
 * Compiles a plan into one straight-line function by way of source text: properties by name, a record of a stable
 * shape, no calls for common checks.
 * @throws EvalError where code generation from strings is forbidden
 */
export function generate(plan: RecordPlan, builders: readonly (Builder | undefined)[]): Build {
  const source = new Source(plan, builders);
  const body = [
    ...(plan.unknown === 'reject' ? ['if (!hasOnly(plain, known)) return undefined;'] : []),
    'const record = new Record();',
    ...plan.fields.map((field, i) => source.read(field, i)),
    ...(plan.unknown === 'keep' ? ['if (!keepOthers(record, plain, known)) return undefined;'] : []),
    ...plan.fields.map((field, i) => source.check(field, i)),
    'return record;',
  ];
  return source.compile(body);
}

/** The text of one decoder and the constants it refers to: `c0`, `c1`, … */
class Source {
  readonly #constants: unknown[] = [];
  readonly #helpers: Readonly<Record<string, unknown>>;
  readonly #builders: readonly (Builder | undefined)[];

  constructor(plan: RecordPlan, builders: readonly (Builder | undefined)[]) {
    const known = new Set(plan.fields.map(({ name }) => name));
    this.#helpers = { Record: plan.record, known, hasOnly, isExact, keepOthers, readAnything, readDate, readRecord };
    this.#builders = builders;
  }

  /** Reads a field into `v0`, `v1`, … and the record; an absent one has the value that the class gives it. */
  read(field: FieldPlan, index: number): string {
    const [value, name] = [`v${index}`, JSON.stringify(field.name)];
    return `let ${value} = plain[${name}];
      if (${value} === undefined) { ${value} = record[${name}]; ${field.reading.as === 'record' ? `if (${value} != null) return undefined;` : ''} }
      else { ${this.#convert(field, index, value)} record[${name}] = ${value}; }`;
  }

  #convert({ reading }: FieldPlan, index: number, value: string): string {
    switch (reading.as) {
      case 'scalar':
        return `if (typeof ${value} === 'number' ? !(${value} <= ${Number.MAX_SAFE_INTEGER} && ${value} >= ${Number.MIN_SAFE_INTEGER}) : typeof ${value} === 'object' && !isExact(${value})) return undefined;`;
      case 'anything':
        return `if (typeof ${value} !== 'string' && readAnything(${value}) === undefined) return undefined;`;
      case 'date':
        return `${value} = readDate(${value});`;
      case 'converted':
        return `${value} = ${this.#constant(reading.convert)}(${value});`;
      case 'record':
        return `if (${value} !== null) { ${value} = readRecord(${this.#constant(this.#builders[index])}, ${value}); if (${value} === undefined) return undefined; }`;
    }
  }

  check(field: FieldPlan, index: number): string {
    const value = `v${index}`;
    const tests = [
      ...field.rules.map(({ rule, each }) => this.#test(rule, each, value)),
      ...(field.reading.as === 'record' ? [`${value} !== null`] : []),
      ...field.calls.map((call) => `${this.#constant(call)}(record, ${value})`),
    ];
    if (tests.length === 0) return '';
    const conditions = field.conditions.map((condition) => `${this.#constant(condition)}(record, ${value})`);
    const when = [...(field.optional ? [`${value} !== null && ${value} !== undefined`] : []), ...conditions];
    const unless = `if (!(${tests.map((test) => `(${test})`).join(' && ')})) return undefined;`;
    return when.length === 0 ? unless : `if (${when.join(' && ')}) { ${unless} }`;
  }

  #test(rule: FieldPlan['rules'][number]['rule'], each: boolean, value: string): string {
    const one = (name: string) => rule.source?.(name, (given) => this.#constant(given)) ?? `${this.#constant(rule.test)}(${name})`;
    return each ? `Array.isArray(${value}) ? ${value}.every((item) => ${one('item')}) : ${one(value)}` : one(value);
  }

  #constant(given: unknown): string {
    this.#constants.push(given);
    return `c${this.#constants.length - 1}`;
  }

  compile(body: readonly string[]): Build {
    const names = [...Object.keys(this.#helpers), ...this.#constants.map((_, i) => `c${i}`)];
    const make = new Function(...names, `'use strict'; return function build(plain) {\n${body.filter(Boolean).join('\n')}\n};`);
    return make(...Object.values(this.#helpers), ...this.#constants) as Build;
  }
}
