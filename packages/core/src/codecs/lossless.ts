/**
 * Tells whether JSON writes a value as it is. True is certain; after false `lossOf` decides. It looks at every message that is written: members
 * are seen in place, with a call only for what has members of its own. Members that are undefined or functions are no data.
 */
export class Losslessness {
  /** The prototypes whose instances JSON writes member by member; the one that was seen last is asked for without a search. */
  readonly #ordinary = new WeakSet<object>();
  #last: object | null = Object.prototype;
  readonly #isSpecial: (prototype: object) => boolean;

  /** @param isSpecial whether instances are not to be written member by member; asked once for a prototype that says nothing of JSON itself */
  constructor(isSpecial: (prototype: object) => boolean = () => false) {
    this.#isSpecial = isSpecial;
  }

  /** @param value has been written by JSON.stringify: there are no cycles in it */
  of(value: unknown): boolean {
    return typeof value === 'object' && value !== null ? this.#ofObject(value) : isScalar(value);
  }

  #ofObject(value: object): boolean {
    if (Array.isArray(value)) return this.#ofList(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== this.#last && !this.#isOrdinary(value, prototype)) return saysScalar(value);
    for (const key in value) {
      const member = (value as Readonly<Record<string, unknown>>)[key];
      switch (typeof member) {
        case 'string':
        case 'boolean':
        case 'undefined':
          continue;
        case 'number':
          if (member <= Number.MAX_SAFE_INTEGER && member >= Number.MIN_SAFE_INTEGER) continue;
          return false;
        case 'object':
          if (member === null || this.#ofObject(member)) continue;
          return false;
        case 'function':
          if (key !== 'toJSON') continue;
          return false;
        default:
          return false;
      }
    }
    return true;
  }

  /** By index: a hole counts as undefined. */
  #ofList(values: readonly unknown[]): boolean {
    for (let i = 0; i < values.length; i++) if (!this.of(values[i])) return false;
    return true;
  }

  /** Whether an object is nothing but its members: it says nothing about its JSON, and the language has given it nothing else to hold. */
  #isOrdinary(value: object, prototype: object | null): boolean {
    if (prototype !== null && !this.#ordinary.has(prototype)) {
      if ('toJSON' in value || Object.prototype.toString.call(value) !== '[object Object]' || this.#isSpecial(prototype)) return false;
      this.#ordinary.add(prototype);
    }
    this.#last = prototype;
    return true;
  }
}

/** Whether an object says itself what its JSON is, and that is no object: a valid date, an amount. An invalid date says null. */
function saysScalar(value: object): boolean {
  const { toJSON } = value as { readonly toJSON?: unknown };
  // To write a date a second time would cost more than all else.
  if (value instanceof Date && (toJSON === Date.prototype.toJSON || Number.isNaN(value.getTime()))) return !Number.isNaN(value.getTime());
  return typeof toJSON === 'function' && isScalar(toJSON.call(value, ''));
}

/** Whole numbers beyond 2⁵³ − 1 are left to `lossOf`, and with them whatever is no number. */
function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}
