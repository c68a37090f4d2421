import type { Class } from '../../metadata/index.js';
import { generate } from './generate.js';
import { interpret } from './interpret.js';
import { planOf, type RecordPlan } from './plan.js';
import type { Build, Builder } from './reading.js';

/** One way to make a decoder of a plan; `builders` are those of its nested records, by the index of the field. */
export type Compiler = (plan: RecordPlan, builders: readonly (Builder | undefined)[]) => Build;

/** Generated code where that is allowed, closures under `--disallow-code-generation-from-strings` or a content policy. */
export const compiler: Compiler = (plan, builders) => {
  try {
    return generate(plan, builders);
  } catch (thrown) {
    if (thrown instanceof EvalError) return interpret(plan, builders);
    throw thrown;
  }
};

/** The decoder of a class; undefined when class-transformer and class-validator have to do the work, for it or for a record within it. */
export function compile(record: Class, unknown: RecordPlan['unknown'], make: Compiler = compiler): Builder | undefined {
  return builderOf(record, unknown, make, new Map());
}

function builderOf(record: Class, unknown: RecordPlan['unknown'], make: Compiler, known: Map<Class, Builder>): Builder | undefined {
  const plan = planOf(record, unknown, known.size > 0);
  if (plan === undefined) return undefined;
  const builder: Builder = { build: () => undefined, closed: false };
  known.set(record, builder);
  const builders: (Builder | undefined)[] = [];
  for (const { reading } of plan.fields) {
    const nested = reading.as === 'record' ? (known.get(reading.record) ?? builderOf(reading.record, unknown, make, known)) : undefined;
    if (reading.as === 'record' && nested === undefined) return undefined;
    builders.push(nested);
  }
  builder.build = make(plan, builders);
  builder.closed = isClosed(plan, builders);
  return builder;
}

function isClosed({ unknown, fields }: RecordPlan, builders: readonly (Builder | undefined)[]): boolean {
  const closed = ({ name, reading }: RecordPlan['fields'][number], i: number) =>
    name !== '__faust' && (reading.as === 'scalar' || reading.as === 'date' || (reading.as === 'record' && builders[i]?.closed === true));
  return unknown === 'strip' && fields.every(closed);
}
