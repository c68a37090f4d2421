import { EventTime, Record, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';

/** Somebody has looked at a page, at a time by the clock of the browser. */
@Record()
export class PageView {
  @IsString() user!: string;
  @EventTime() @IsInt() at!: number;
}

export const views = topic('views', { key: 'string', value: PageView, disorder: '20s' });
