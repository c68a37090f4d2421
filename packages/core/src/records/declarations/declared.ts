// The probe below is decorated when this file loads.
import 'reflect-metadata';
import { TransformationType, Type } from 'class-transformer';
import { type Discriminator, defaultMetadataStorage as transformations } from 'class-transformer/cjs/storage.js';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { getMetadataStorage } from 'class-validator/cjs/metadata/MetadataStorage.js';
import type { Class } from '../../metadata/index.js';

/** What one decorator of class-validator wrote. */
export interface Validation {
  readonly type: string;
  readonly name?: string;
  readonly target: unknown;
  readonly propertyName: string;
  readonly constraintCls: unknown;
  readonly constraints?: readonly unknown[];
  readonly message?: string | ((args: ValidationArguments) => string);
  readonly each?: boolean;
  readonly validateIf?: (object: object, value: unknown) => boolean;
}

/** Everything that class-validator checks on a class when no groups are asked for, own decorators first, by field. */
export function validationsOf(record: Class): ReadonlyMap<string, readonly Validation[]> {
  const fields = new Map<string, Validation[]>();
  const found = getMetadataStorage().getTargetValidationMetadatas(record, '', false, false) as unknown as Validation[];
  for (const each of found) fields.set(each.propertyName, [...(fields.get(each.propertyName) ?? []), each]);
  return fields;
}

/** The functions behind a validator; made by class-validator's container, which may give another one each time. */
export function constraintsOf(
  validation: Validation,
): readonly { readonly async: boolean; readonly instance: ValidatorConstraintInterface }[] {
  return getMetadataStorage().getTargetValidatorConstraints(validation.constraintCls as never);
}

/** What `@Type` says of a field. */
export interface Typed {
  /** What the field is called in a message. */
  readonly given: string;
  readonly reflected: unknown;
  /** Called once; undefined when the type depends on the message. */
  readonly type: unknown;
  readonly fixed: boolean;
  /** Those that a discriminator chooses from. */
  readonly subTypes: readonly unknown[];
  /** The type of a value, also where a discriminator chooses it. */
  typeOf(value: unknown): unknown;
}

/** What `@Type` says of the fields of a class and of those it extends. */
export function typesOf(record: Class): ReadonlyMap<string, Typed> {
  const fields = new Map<string, Typed>();
  for (const ancestor of lineage(record)) {
    for (const name of transformations._typeMetadatas.get(ancestor)?.keys() ?? []) {
      const { typeFunction, reflectedType: reflected, options } = transformations.findTypeMetadata(record, name) ?? {};
      const { discriminator } = options ?? {};
      const fixed = (typeFunction?.length ?? 0) === 0 && discriminator === undefined;
      const type = fixed ? (typeFunction ? typeFunction() : reflected) : undefined;
      const subTypes = discriminator?.subTypes.map(({ value }) => value) ?? [];
      const given = transformations.findExposeMetadata(record, name)?.options?.name ?? name;
      const typeOf = (value: unknown) => (discriminator === undefined ? type : chosen(discriminator, value));
      fields.set(name, { given, reflected, fixed, subTypes, type, typeOf });
    }
  }
  return fields;
}

function chosen({ property, subTypes }: Discriminator, value: unknown): unknown {
  const name = (value as Readonly<Record<string, unknown>> | null | undefined)?.[property];
  return subTypes.find((each) => each.name === name)?.value;
}

/** The classes that `@Type` names: those that are no type of the language. */
export function nestedOf(types: ReadonlyMap<string, Typed>): Class[] {
  const named = [...types.values()].flatMap(({ type, subTypes }) => [type, ...subTypes]);
  return named.filter((each): each is Class => typeof each === 'function' && !ofTheLanguage.has(each));
}

const ofTheLanguage = new Set<unknown>([String, Number, Boolean, BigInt, Date, Object, Array, Map, Set, Buffer]);

/** Whether a field is made from what a message has by a `@Transform`. */
export function isConverted(record: Class, name: string): boolean {
  return transformations.findTransformMetadatas(record, name, TransformationType.PLAIN_TO_CLASS).length > 0;
}

/** Whether a class uses `@Transform`, `@Expose` or `@Exclude`, which only class-transformer can carry out. */
export function isTransformed(record: Class): boolean {
  const { _transformMetadatas, _exposeMetadatas, _excludeMetadatas } = transformations;
  return lineage(record).some((each) => [_transformMetadatas, _exposeMetadatas, _excludeMetadatas].some((declared) => declared.has(each)));
}

/** What class-transformer writes of a class: which members, under which names, made into what. */
export interface Output {
  /** Whether members are written that nothing is said of. */
  readonly writesAll: boolean;
  /** Members that are written besides: accessors and methods, too. */
  readonly exposed: readonly string[];
  readonly excluded: ReadonlySet<string>;
  member(name: string): OutputMember;
}

export interface OutputMember {
  /** Undefined when the member is written for groups only. */
  readonly name: string | undefined;
  readonly transforms: readonly ((params: object) => unknown)[];
  readonly reflected: unknown;
  readonly discriminator: Discriminator | undefined;
  /** The class of its value, or of the items of a list. */
  typeOf(params: object): unknown;
}

const writing = TransformationType.CLASS_TO_PLAIN;

/** What class-transformer writes of a class when no groups are asked for. */
export function outputOf(record: Class): Output {
  const members = new Map<string, OutputMember>();
  return {
    writesAll: transformations.getStrategy(record) !== 'excludeAll',
    exposed: transformations.getExposedProperties(record, writing),
    excluded: new Set(transformations.getExcludedProperties(record, writing)),
    member(name) {
      const member = members.get(name) ?? memberOf(record, name);
      members.set(name, member);
      return member;
    },
  };
}

function memberOf(record: Class, name: string): OutputMember {
  const { options: { name: renamed = name, groups = [] } = {} } = transformations.findExposeMetadata(record, name) ?? {};
  const { typeFunction, reflectedType: reflected, options } = transformations.findTypeMetadata(record, name) ?? {};
  const transforms = transformations.findTransformMetadatas(record, name, writing).filter((each) => !each.options?.groups?.length);
  return {
    name: groups.length === 0 ? renamed : undefined,
    transforms: transforms.map(({ transformFn }) => transformFn),
    reflected,
    discriminator: options?.discriminator,
    typeOf: (params) => (typeFunction === undefined ? reflected : typeFunction(params)),
  };
}

/** Whether the decorators of a class say that it is written as something else than its members. */
export function isWrittenOtherwise(record: Class): boolean {
  const { _transformMetadatas, _exposeMetadatas, _excludeMetadatas, _typeMetadatas } = transformations;
  return lineage(record).some(
    (each) =>
      _exposeMetadatas.has(each) ||
      _excludeMetadatas.has(each) ||
      [...(_typeMetadatas.get(each)?.values() ?? [])].some(({ options }) => options?.discriminator !== undefined) ||
      [...(_transformMetadatas.get(each)?.keys() ?? [])].some(
        (name) => name === undefined || transformations.findTransformMetadatas(record, name, writing).length > 0,
      ),
  );
}

/** A class and those it extends. */
function lineage(record: Class): Class[] {
  const classes: Class[] = [];
  for (let each: unknown = record; typeof each === 'function' && each !== Function.prototype; each = Object.getPrototypeOf(each)) {
    classes.push(each as Class);
  }
  return classes;
}

/**
 * Whether what we read is what the application's decorators write. A bundler may hold two copies of class-transformer:
 * then nothing can be known of a class beforehand, and class-transformer itself must do all the work.
 */
export const declarationsAreVisible: boolean = (() => {
  class Probe {
    declare field: Date;
  }
  Type(() => Date)(Probe.prototype, 'field');
  return transformations.findTypeMetadata(Probe, 'field') !== undefined;
})();
