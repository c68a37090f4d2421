import { Type } from 'class-transformer';
import { defaultMetadataStorage as transformations } from 'class-transformer/cjs/storage.js';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { getMetadataStorage } from 'class-validator/cjs/metadata/MetadataStorage.js';
import type { Class } from '../metadata/index.js';

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
  readonly reflected: unknown;
  /** Called once; undefined when the type depends on the message. */
  readonly type: unknown;
  readonly fixed: boolean;
}

/** What `@Type` says of the fields of a class and of those it extends. */
export function typesOf(record: Class): ReadonlyMap<string, Typed> {
  const fields = new Map<string, Typed>();
  for (const ancestor of lineage(record)) {
    for (const name of transformations._typeMetadatas.get(ancestor)?.keys() ?? []) {
      const { typeFunction, reflectedType: reflected, options } = transformations.findTypeMetadata(record, name) ?? {};
      const fixed = (typeFunction?.length ?? 0) === 0 && options?.discriminator === undefined;
      fields.set(name, { reflected, fixed, type: fixed ? (typeFunction ? typeFunction() : reflected) : undefined });
    }
  }
  return fields;
}

/** Whether a class uses `@Transform`, `@Expose` or `@Exclude`, which only class-transformer can carry out. */
export function isTransformed(record: Class): boolean {
  const { _transformMetadatas, _exposeMetadatas, _excludeMetadatas } = transformations;
  return lineage(record).some((each) => [_transformMetadatas, _exposeMetadatas, _excludeMetadatas].some((declared) => declared.has(each)));
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
