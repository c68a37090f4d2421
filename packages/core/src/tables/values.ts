/** Values nest no deeper: one that does mostly holds itself. */
const depthMax = 200;

/**
 * Makes a value unchangeable, with all it holds: whoever reads it may keep it.
 * @returns whether that can be had: not of a buffer, a date, a map or a set
 * @throws RangeError for a value that holds itself
 */
export function freeze(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (isChangeable(value)) return false;
  if (depth > depthMax) throw new RangeError(`a value of a table is nested deeper than ${depthMax}, or holds itself`);
  Object.freeze(value);
  let isWhole = true;
  for (const part of Array.isArray(value) ? value : Object.values(value)) if (!freeze(part, depth + 1)) isWhole = false;
  return isWhole;
}

/** What stays changeable though it is frozen. */
function isChangeable(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof Date || value instanceof Map || value instanceof Set;
}

/** A copy that may be changed, of the same classes. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (Buffer.isBuffer(value)) return Buffer.from(value) as T;
  if (isChangeable(value)) return structuredClone(value);
  const copy = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  for (const [name, part] of Object.entries(value)) copy[name] = copyOf(part);
  return copy as T;
}
