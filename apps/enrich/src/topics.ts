import { Record, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';

@Record()
export class Customer {
  @IsString() name!: string;
  @IsString() country!: string;
}

@Record()
export class Order {
  @IsInt() id!: number;
  @IsString() what!: string;
}

export const customers = topic('customers', { key: 'string', value: Customer, cleanup: 'compact' });
export const countries = topic('countries', { key: 'string', value: 'string', cleanup: 'compact' });
export const orders = topic('orders', { key: 'string', value: Order });
