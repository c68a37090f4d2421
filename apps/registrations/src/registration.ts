import { Record, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';

/** Somebody who has registered. */
@Record()
export class Registration {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;
}

export const registrations = topic('registrations', { key: 'string', value: Registration });
