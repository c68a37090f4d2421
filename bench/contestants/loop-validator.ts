// The hand-written loop with class-transformer and class-validator, as their documentation uses them.
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsString, validateSync } from 'class-validator';
import { currencies, type PlainOrder } from '../work/order.js';
import { runLoop } from './loop-client.js';

class Order {
  @IsInt() id!: number;
  @IsString() customer!: string;
  @IsNumber() amount!: number;
  @IsIn(currencies) currency!: string;
  @IsInt() items!: number;
  @IsString() note!: string;
}

await runLoop((text) => {
  const order = plainToInstance(Order, JSON.parse(text));
  const [fault] = validateSync(order);
  if (fault !== undefined) throw new Error(fault.toString());
  return order as PlainOrder;
});
