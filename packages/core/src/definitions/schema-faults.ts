import { types } from 'node:util';
import { type Codec, isCodec } from '../codecs/index.js';
import { type Fault, reason } from '../errors/index.js';
import { codecOf, isSchema, type Schema } from './schema.js';

/** A fault of a definition before it is said where. */
export type Problem = Pick<Fault, 'problem' | 'remedy'>;

/** The remedy for what is undefined where something was named. */
export const CIRCULAR = 'Look for a circular import, or a misspelt name';
const SYNCHRONOUS = 'Decoding and encoding do not wait: do it in the handler';

/** Everything wrong with what was given as the schema of one side. */
export function schemaProblems(side: 'key' | 'value', schema: unknown): Problem[] {
  if (!isSchema(schema))
    return [
      {
        problem: `its ${side} schema is ${String(schema)}`,
        remedy: "Use a codec's name, a @Record class or an object with encode and decode",
      },
    ];
  if (isCodec(schema))
    return asynchronous(schema).map((part) => ({ problem: `its ${side} codec's ${part} is asynchronous`, remedy: SYNCHRONOUS }));
  return typeof schema === 'string' ? unknownName(side, schema) : [];
}

function asynchronous(codec: Codec<unknown>): string[] {
  return (['encode', 'decode'] as const).filter((part) => types.isAsyncFunction(codec[part]));
}

function unknownName(side: 'key' | 'value', name: Schema): Problem[] {
  try {
    codecOf(name);
    return [];
  } catch (thrown) {
    return [{ problem: reason(thrown), remedy: `Correct the ${side} schema` }];
  }
}
