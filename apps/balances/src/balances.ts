import { App, type Event, Handler, Inject, Record, type Table, table, topic } from '@weir/core';
import { IsInt } from 'class-validator';
import type { Euros } from './before.js';

@Record({ version: 2, upcast: { 1: ({ euros }: Euros) => ({ cents: euros * 100 }) } })
export class Amount {
  @IsInt() cents!: number;
}

export const payments = topic('payments', { key: 'string', value: Amount });
export const balances = table('balances', { key: 'string', value: Amount, default: { cents: 0 } });

/** The balance of each account. */
@App({ id: 'balances', broker: 'kafka://localhost:9092' })
export class Balances {
  constructor(@Inject(balances) private readonly balances: Table<string, Amount>) {}

  @Handler(payments, { name: 'pay' })
  pay({ cents }: Amount, { key }: Event<string, Amount>): void {
    this.balances.update(key ?? '', (balance) => ({ cents: balance.cents + cents }));
  }
}
