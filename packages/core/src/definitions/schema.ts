import { types } from 'node:util';
import { type Codec, type CodecTypes, codecNamed, isCodec, ownCodec, show, sound } from '../codecs/index.js';
import type { Class } from '../metadata/index.js';
import { type Input, recordCodec, recordKeyCodec } from '../records/index.js';

/** The name of a codec, or a chain of them from left to right as a value is encoded: `'json|gzip'`. */
export type CodecName = keyof CodecTypes | `${keyof CodecTypes}|${string}`;

/** How keys or values are written: a codec's name, a chain, a `@Record` class, or a codec of one's own. */
export type Schema = CodecName | Class | Codec<unknown>;

/** The TypeScript type of what a schema reads and writes. */
export type SchemaType<S> = S extends keyof CodecTypes
  ? CodecTypes[S]
  : S extends `${infer First extends keyof CodecTypes & string}|${string}`
    ? CodecTypes[First]
    : S extends Codec<infer T>
      ? T
      : S extends Class<infer T>
        ? T
        : never;

/** What may be given for a value of type T: the data of a record as a plain object, bytes as text. */
export type Sendable<T> = T extends Uint8Array ? Uint8Array | string : Input<T>;

/** The codec of a schema. A record class is compiled at its first use, not when it is declared. */
export function codecOf(schema: Schema): Codec<unknown> {
  if (typeof schema === 'string') return codecNamed(schema);
  if (typeof schema === 'function') return recordCodec(schema) as Codec<unknown>;
  return ownCodec(schema as Codec<unknown>);
}

/** The codec of a schema for keys: of records that are equal the bytes are equal, too. */
export function keyCodecOf(schema: Schema): Codec<unknown> {
  return typeof schema === 'function' ? (recordKeyCodec(schema) as Codec<unknown>) : codecOf(schema);
}

/** How a schema is called in lists and messages. */
export function schemaName(schema: Schema): string {
  if (typeof schema === 'string') return schema;
  if (typeof schema === 'function') return schema.name;
  return schema.name ?? 'custom';
}

/** Whether a value can be made with `new`: an arrow function, and one that is asynchronous, cannot. */
export function isClass(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object' && !types.isGeneratorFunction(value);
}

/** Whether a value can be a schema at all; a codec's name is looked up only when it is used. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'string' || typeof value === 'function' || isCodec(value);
}

/** How a table writes its values, and what is made of those that other code has written. */
export interface ValueOptions {
  readonly value: Schema;
  readonly upcast?: (old: unknown) => unknown;
}

/** How the values of a table are read and written. */
export function valueSchema({ value, upcast }: ValueOptions): Schema {
  return upcast === undefined ? value : sound(upcasting(codecOf(value), upcast));
}

function upcasting(codec: Codec<unknown>, upcast: (old: unknown) => unknown): Codec<unknown> {
  const made = (old: unknown): unknown => {
    const value = upcast(old);
    if (value instanceof Promise) value.catch(() => undefined);
    if (value === undefined || value === null || value instanceof Promise) throw new TypeError(`its upcast gave ${show(value)}`);
    return value;
  };
  if (codec.form === 'text')
    return { name: codec.name, form: 'text', encode: (value) => codec.encode(value), decode: (text) => made(codec.decode(text)) };
  return { name: codec.name, encode: (value) => codec.encode(value), decode: (bytes) => made(codec.decode(bytes)) };
}
