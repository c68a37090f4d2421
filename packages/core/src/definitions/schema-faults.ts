import { types } from 'node:util';
import { type Codec, isCodec, json, show } from '../codecs/index.js';
import { CIRCULAR, type Fault, reason } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { Versions } from '../records/index.js';
import { MAX_NAME } from './names.js';
import { codecOf, isClass, isSchema, type Schema } from './schema.js';

/** A fault of a definition before it is said where. */
export type Problem = Pick<Fault, 'problem' | 'remedy'>;

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
  if (typeof schema === 'function') {
    const problems = classProblems(schema).map(({ problem, remedy }) => ({ problem: `its ${side} schema ${problem}`, remedy }));
    if (problems.length > 0) return problems;
  }
  if (side === 'key' && typeof schema === 'function') return versionedKeyProblems(schema as Class, 'key');
  if (isCodec(schema))
    return asynchronous(schema).map((part) => ({ problem: `its ${side} codec's ${part} is asynchronous`, remedy: SYNCHRONOUS }));
  return typeof schema === 'string' ? unknownName(side, schema) : [];
}

/** What to use instead of a class of the language, of which no message is an instance. */
const instead = new Map<unknown, string>([
  [String, "Use 'string'"],
  [Number, "Use 'double', 'integer' or 'long', or 'json' for numbers in JSON"],
  [Boolean, "Use 'boolean', or 'json' for true and false in JSON"],
  [Buffer, "Use 'raw'"],
  [Uint8Array, "Use 'raw'"],
  [Array, 'Use json<T[]>(), or a record with a list in it'],
  [Date, 'Use a record with a field that is a date, or a codec of your own'],
  ...[Map, Set, Promise, Error, BigInt, Symbol, Function].map((each) => [each, 'Use json<T>(), a record, or a codec of your own'] as const),
]);

/** What is wrong with a function that is given as a schema. Fits after "its value schema". */
export function classProblems(schema: unknown): Problem[] {
  if (schema === json) return [{ problem: 'is the function json itself', remedy: 'Call it: json<T>()' }];
  if (!isClass(schema)) return [{ problem: 'is a function that is no class', remedy: 'Give it the class itself' }];
  const remedy = instead.get(schema);
  return remedy === undefined ? [] : [{ problem: `is ${schema.name}, which is no record`, remedy }];
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

/** What is wrong with a function of which a value is asked at once. */
export function notAwaited(called: string, given: unknown): Problem[] {
  if (types.isGeneratorFunction(given)) return [{ problem: `its ${called} is a generator`, remedy: 'Give it an ordinary function' }];
  if (!types.isAsyncFunction(given)) return [];
  return [{ problem: `its ${called} is asynchronous, and nobody waits for it`, remedy: 'Return its result at once' }];
}

/** The version stands in the bytes. @param what the key is */
export function versionedKeyProblems(schema: Schema, what: string): Problem[] {
  if (typeof schema !== 'function') return [];
  const { current } = Versions.of(schema);
  return current === 1
    ? []
    : [
        {
          problem: `its ${what} schema ${schema.name} has version ${current}: what earlier versions have written would be other keys`,
          remedy: 'Use a class without a version; when keys change, begin anew with another version of the app',
        },
      ];
}

/** Equal keys must give equal bytes, and an object's JSON goes by the order in which its members were set. */
export function keyProblems(key: Schema): Problem[] {
  const isJson = typeof key === 'string' ? key.split('|')[0].trim() === 'json' : key === json();
  if (!isJson) return [];
  return [
    {
      problem: "its key schema is 'json', which writes equal objects as different bytes",
      remedy: "Use 'string', 'integer', 'long' or a @Record class",
    },
  ];
}

/**
 * What is wrong with a name that is part of that of an internal topic.
 * @param what what it names
 * @param keptIn what the topic is of it
 */
export function partOfNameProblems(what: string, name: unknown, keptIn: string, topic: string): Problem[] {
  if (typeof name !== 'string') return [{ problem: `its name is ${show(name)}`, remedy: name === undefined ? CIRCULAR : 'Give it a text' }];
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return [{ problem: `'${name}' is not a legal ${what} name`, remedy: 'Use the characters a-z A-Z 0-9 . _ -' }];
  if (topic.length <= MAX_NAME) return [];
  const problem = `its ${keptIn} ${topic} would have a name of ${topic.length} characters`;
  return [{ problem, remedy: `Kafka takes ${MAX_NAME}: shorten the name of the ${what} or the id of the app` }];
}
