import { instanceToPlain, TransformationType } from 'class-transformer';
import type { Class } from '../metadata/index.js';
import { declarationsAreVisible, isWrittenOtherwise, type Output, type OutputMember, outputOf, typesOf } from './declarations/declared.js';

type Fields = Record<string, unknown>;

const outputs = new WeakMap<Class, Output>();

/** Whether instances of a class, or of the records that it declares within it, are written as something else than their members. */
export function writesOtherwise(record: Class, known: Set<Class> = new Set()): boolean {
  if (!declarationsAreVisible) return true;
  if (known.has(record)) return false;
  known.add(record);
  const nested = [...typesOf(record).values()].filter(({ fixed, type }) => !fixed || typeof type === 'function');
  return isWrittenOtherwise(record) || nested.some(({ fixed, type }) => !fixed || writesOtherwise(type as Class, known));
}

/**
 * A record as class-transformer writes it: names, transformations, what is exposed and what excluded, of its own class and of those within it. A
 * plain object is taken for a record of the class. What says itself what its JSON is (`toJSON`) is left alone.
 * @returns members that JSON can write, unless there is something in the record that it cannot
 */
export function written(record: Class, value: object): unknown {
  if (!declarationsAreVisible) return instanceToPlain(value);
  return ofObject(value, value instanceof record ? classOf(value, record) : record, []);
}

function of(value: unknown, type: unknown, reflected: unknown, within: readonly object[]): unknown {
  if (Array.isArray(value)) return Array.from(value, (item) => of(item, type, undefined, within));
  if (value === null || value === undefined) return value;
  if (reflected === Set && value instanceof Set) return of([...value], type, undefined, within);
  if (reflected === Map && value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, of(item, type, undefined, within)]));
  if (type === String || type === Number || type === Boolean) return (type as (value: unknown) => unknown)(value);
  if (type === Date) return value instanceof Date ? value : new Date(value as string | number);
  if (typeof value !== 'object' || !isRecord(value) || within.includes(value)) return value;
  return ofObject(value, typeof type === 'function' ? (type as Class) : classOf(value, Object), within);
}

/** Whether an object is its members: not a date, a promise, a collection, bytes, nor what says itself what its JSON is. */
function isRecord(value: object): boolean {
  return !('toJSON' in value) && Object.prototype.toString.call(value) === '[object Object]';
}

function classOf(value: object, otherwise: Class): Class {
  return typeof value.constructor === 'function' ? (value.constructor as Class) : otherwise;
}

function ofObject(value: object, record: Class, within: readonly object[]): unknown {
  if (!isRecord(value)) return value;
  const output = outputOnce(record);
  const result: Fields = {};
  for (const name of namesOf(value, output)) {
    const member = output.member(name);
    if (member.name === undefined) continue;
    const written = ofMember(value as Fields, name, member, result, [...within, value]);
    if (written !== undefined)
      Object.defineProperty(result, member.name, { value: written, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function outputOnce(record: Class): Output {
  const output = outputs.get(record) ?? outputOf(record);
  outputs.set(record, output);
  return output;
}

/** Functions are written only where the class exposes them: what they give. */
function namesOf(value: object, { writesAll, exposed, excluded }: Output): Iterable<string> {
  const own = Object.keys(value).filter((name) => typeof (value as Fields)[name] !== 'function');
  return new Set([...(writesAll ? own : []), ...exposed].filter((name) => !excluded.has(name)));
}

function ofMember(from: Fields, name: string, member: OutputMember, result: Fields, within: readonly object[]): unknown {
  const { transforms, discriminator, reflected } = member;
  let value = from[name];
  for (const transformFn of transforms)
    value = transformFn({ value, key: name, obj: from, type: TransformationType.CLASS_TO_PLAIN, options: {} });
  if (typeof value === 'function' && value === from[name]) value = (value as () => unknown).call(from);
  if (discriminator !== undefined) return marked(value, discriminator, within);
  return of(value, member.typeOf({ newObject: result, object: from, property: name }), reflected, within);
}

/** With the property that tells of which class each value is. A plain object has it already. */
function marked(value: unknown, discriminator: NonNullable<OutputMember['discriminator']>, within: readonly object[]): unknown {
  if (Array.isArray(value)) return value.map((item) => marked(item, discriminator, within));
  if (typeof value !== 'object' || value === null) return value;
  const { property, subTypes } = discriminator;
  const said = (value as Fields)[property];
  const subType = subTypes.find(({ value: type }) => type === value.constructor) ?? subTypes.find(({ name }) => name === said);
  if (subType === undefined) throw new TypeError(`its ${property} is none of ${subTypes.map(({ name }) => `'${name}'`).join(', ')}`);
  return { ...(ofObject(value, subType.value as Class, within) as object), [property]: subType.name };
}
