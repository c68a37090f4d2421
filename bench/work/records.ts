import { Record } from '@weir/core';
import { IsIn, IsInt, IsNumber, IsString } from 'class-validator';
import { currencies } from './order.js';

/** The order as a weir app declares it. */
@Record()
export class Order {
  @IsInt() id!: number;
  @IsString() customer!: string;
  @IsNumber() amount!: number;
  @IsIn(currencies) currency!: string;
  @IsInt() items!: number;
  @IsString() note!: string;
}

/** What is to be paid for it. */
@Record()
export class Total {
  @IsInt() id!: number;
  @IsString() customer!: string;
  @IsNumber() total!: number;
  @IsIn(currencies) currency!: string;
}

/** The order in the second version of its class, which calls a field otherwise. */
@Record({ version: 2, upcast: { 1: ({ note, ...rest }: Order) => ({ ...rest, remark: note }) } })
export class VersionedOrder {
  @IsInt() id!: number;
  @IsString() customer!: string;
  @IsNumber() amount!: number;
  @IsIn(currencies) currency!: string;
  @IsInt() items!: number;
  @IsString() remark!: string;
}
