import { App, type Event, Handler, Inject, Record, type Table, table, topic } from '@weir/core';
import { IsInt } from 'class-validator';

@Record({ name: 'Amount' })
export class Euros {
  @IsInt() euros!: number;
}

export const payments = topic('payments', { key: 'string', value: Euros });
export const balances = table('balances', { key: 'string', value: Euros, default: { euros: 0 } });

/** The balance of each account, as it was added up once. */
@App({ id: 'balances', broker: 'kafka://localhost:9092' })
export class BalancesBefore {
  constructor(@Inject(balances) private readonly balances: Table<string, Euros>) {}

  @Handler(payments, { name: 'pay' })
  pay({ euros }: Euros, { key }: Event<string, Euros>): void {
    this.balances.update(key ?? '', (balance) => ({ euros: balance.euros + euros }));
  }
}
