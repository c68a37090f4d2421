type Method = (...args: never[]) => unknown;
type Leaf = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array;

/**
 * What may be given where a `T` is written: its data without its methods, at every level, so that a plain object will do
 * for a record. Lists may be read-only.
 */
export type Input<T> = T extends Leaf
  ? T
  : T extends readonly unknown[]
    ? { readonly [I in keyof T]: Input<T[I]> }
    : T extends object
      ? { readonly [K in keyof T as NonNullable<T[K]> extends Method ? never : K]: Input<T[K]> }
      : T;
