/** What the contestants read. */
export interface PlainOrder {
  readonly id: number;
  readonly customer: string;
  readonly amount: number;
  readonly currency: string;
  readonly items: number;
  readonly note: string;
}

/** What they write, under the customer's key. */
export interface PlainTotal {
  readonly id: number;
  readonly customer: string;
  readonly total: number;
  readonly currency: string;
}

export const currencies = ['CZK', 'EUR', 'USD'] as const;

/** The order of a number: the same one whenever it is asked for, about 150 bytes as JSON. */
export function orderOf(id: number): PlainOrder {
  const customer = (id * 7_919) % 50_000;
  return {
    id,
    customer: `customer-${String(customer).padStart(5, '0')}`,
    amount: ((id * 37) % 100_000) / 100,
    currency: currencies[id % 3],
    items: 1 + (id % 9),
    note: `please leave it with the neighbours at number ${100 + (id % 900)}`,
  };
}

/** The work itself. */
export function totalOf({ id, customer, amount, currency, items }: PlainOrder): PlainTotal {
  return { id, customer, total: amount * items, currency };
}

/** Checks written by hand, as a loop without a framework has them. @throws Error */
export function checked(value: PlainOrder | null): PlainOrder {
  if (typeof value !== 'object' || value === null) throw new Error('an order must be an object');
  if (!Number.isInteger(value.id)) throw new Error('id must be an integer');
  if (typeof value.customer !== 'string') throw new Error('customer must be a string');
  if (!Number.isFinite(value.amount)) throw new Error('amount must be a number');
  if (value.currency !== 'CZK' && value.currency !== 'EUR' && value.currency !== 'USD') throw new Error('currency must be one of three');
  if (!Number.isInteger(value.items)) throw new Error('items must be an integer');
  if (typeof value.note !== 'string') throw new Error('note must be a string');
  return value;
}
