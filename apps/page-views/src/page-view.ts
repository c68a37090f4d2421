import { Record, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';

/** Somebody has looked at a page for some milliseconds. */
@Record()
export class PageView {
  @IsString() url!: string;
  @IsString() user!: string;
  @IsInt() ms!: number;
}

export const views = topic('page-views', { key: 'string', value: PageView });
