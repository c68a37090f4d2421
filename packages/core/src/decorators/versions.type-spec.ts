import { json, Record, table } from '@weir/core';
import { expectTypeOf } from 'expect-type';

interface First {
  readonly euros: number;
}

// An upcast may say what it reads: an interface, a class, a type of its own; it must give an object.
@Record({
  version: 4,
  upcast: {
    1: (old: First) => ({ cents: old.euros * 100 }),
    2: ({ cents }: { cents: number }) => ({ cents, currency: 'EUR' }),
    3: (old) => {
      expectTypeOf(old).toEqualTypeOf<object>();
      return { ...old, at: 0 };
    },
  },
})
export class Amount {
  cents!: number;
}

// @ts-expect-error: a number is no object
Record({ version: 2, upcast: { 1: (old: First) => old.euros } });

interface Cart {
  readonly lines: readonly string[];
}

// That of a table gives a value of it, and may say what it reads.
table('carts', { key: 'string', value: json<Cart>(), upcast: (old: Cart | string[]) => (Array.isArray(old) ? { lines: old } : old) });
table('texts', { key: 'string', value: 'string', upcast: (old) => String(old) });
// @ts-expect-error: a text is no cart
table('carts', { key: 'string', value: json<Cart>(), upcast: (old: unknown) => String(old) });
