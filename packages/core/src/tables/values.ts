import { isRecord } from '../records/index.js';

/**
 * Makes a value unchangeable, with all it holds: whoever reads it may keep it.
 * @param value as a codec has decoded it
 * @returns whether that can be had: of plain objects, arrays and records. What else has state of its own may keep it where nobody sees it
 */
export function freeze(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (!isPlain(value)) return false;
  Object.freeze(value);
  let isWhole = true;
  for (const part of Array.isArray(value) ? value : Object.values(value)) if (!freeze(part)) isWhole = false;
  return isWhole;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isRecord(value);
}

/** A copy that may be changed, of the same classes. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy = Object.create(Object.getPrototypeOf(value)) as object;
  // A member may be called __proto__.
  for (const [name, part] of Object.entries(value))
    Object.defineProperty(copy, name, { value: copyOf(part), writable: true, enumerable: true, configurable: true });
  return copy as T;
}
