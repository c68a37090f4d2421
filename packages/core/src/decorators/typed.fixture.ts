import { json, Record, topic } from '@weir/core';
import { IsInt, IsOptional, IsString } from 'class-validator';

@Record()
export class Registration {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;

  initials(): string {
    return `${this.name[0]}${this.surname[0]}`;
  }
}

@Record()
export class Receipt {
  @IsInt() registration!: number;
  @IsOptional() @IsString() note?: string;
}

export class Other {
  other!: boolean;
}

export interface Claimed {
  readonly subject: string;
}

export const registrations = topic('registrations', { key: 'string', value: Registration });
export const receipts = topic('receipts', { key: 'string', value: Receipt });
export const numbers = topic('numbers', { key: 'integer', value: 'double' });
export const counts = topic('counts', { key: 'string', value: 'double' });
export const texts = topic('texts', { value: 'string' });
export const unchecked = topic('unchecked');
export const claimed = topic('claimed', { value: json<Claimed>() });
export const raw = topic('raw', { key: 'raw', value: 'raw' });
export const packed = topic('packed', { value: 'string|gzip' });
export const deletable = topic('deletable', { value: Registration, onEmpty: 'deliver' });
export const skipping = topic('skipping', { value: Registration, onEmpty: 'skip' });
