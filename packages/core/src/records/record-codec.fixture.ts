import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsNumber, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { DecodeError, type FieldFault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { type Compiler, compiler } from './decoders/compile.js';
import { interpret } from './decoders/interpret.js';
import { type RecordOptions, recordOptions } from './index.js';
import { RecordCodec } from './record-codec.js';

export class Registration {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;

  get whole(): string {
    return `${this.name} ${this.surname}`;
  }
}

export class Item {
  @IsString() sku!: string;
  @IsNumber() @Min(0) price!: number;
}

export class Order {
  @IsInt() id!: number;
  @IsIn(['CZK', 'EUR']) currency!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
  @IsOptional() @IsString({ each: true }) tags?: string[];
}

/** A message that decodes to an order, with other fields in the place of some. */
export const order = (fields: object = {}) => JSON.stringify({ id: 1, currency: 'CZK', items: [{ sku: 'a', price: 1 }], ...fields });

export function faults(action: () => unknown): readonly FieldFault[] {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown.fields;
    throw thrown;
  }
  return [];
}

export const ways: readonly [string, Compiler][] = [
  ['generated code', compiler],
  ['closures', interpret],
];

/** The codec of a class, with these options, compiled in one of the ways. */
export function codecOf<T extends object>(make: Compiler, record: Class<T>, options?: RecordOptions): RecordCodec<T> {
  if (options !== undefined) recordOptions.write(record, options);
  return new RecordCodec(record, make);
}
