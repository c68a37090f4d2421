import { expectTypeOf } from 'expect-type';
import type { Input } from './index.js';

class Item {
  sku!: string;
  price?: number;
  at!: Date;

  total(): number {
    return this.price ?? 0;
  }
}

class Order {
  readonly id!: number;
  items!: Item[];
  pair!: [Item, string];
  extra!: Record<string, Item>;
  bytes!: Uint8Array;
  any!: unknown;
  toString(): string {
    return '';
  }
}

interface PlainItem {
  sku: string;
  price?: number;
  at: Date;
}

interface PlainOrder {
  readonly id: number;
  items: readonly PlainItem[];
  pair: readonly [PlainItem, string];
  extra: Record<string, PlainItem>;
  bytes: Uint8Array;
  any: unknown;
}

/** Each can stand for the other. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

expectTypeOf<Same<Input<Order>, PlainOrder>>().toEqualTypeOf<true>();
expectTypeOf<keyof Input<Order>>().toEqualTypeOf<keyof PlainOrder>();
expectTypeOf<keyof Input<Item>>().toEqualTypeOf<'sku' | 'price' | 'at'>();
expectTypeOf<Same<Input<Item | null>, PlainItem | null>>().toEqualTypeOf<true>();
expectTypeOf<Input<string>>().toEqualTypeOf<string>();
expectTypeOf<Input<unknown>>().toEqualTypeOf<unknown>();
expectTypeOf<Input<Date>>().toEqualTypeOf<Date>();
expectTypeOf<Order>().toExtend<Input<Order>>();
expectTypeOf<{ sku: number; at: Date }>().not.toExtend<Input<Item>>();
