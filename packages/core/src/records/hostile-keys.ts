/** Keys that every object has already: data under them could only pose as a method or as the prototype. */
export function isHostile(key: string): boolean {
  return key in Object.prototype;
}

/**
 * Drops `__proto__`, `constructor` and the names of methods from a parsed value and all within it, in place. JSON.parse
 * makes ordinary fields of them; whoever copies such an object gets another prototype.
 */
export function dropHostileKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) dropHostileKeys(item);
    return;
  }
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    if (isHostile(key)) delete members[key];
    else dropHostileKeys(members[key]);
  }
}
