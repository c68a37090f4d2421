import 'reflect-metadata';

/** A constructor, with any arguments. */
export type Class<T = object> = abstract new (...args: never[]) => T;

/**
 * A typed place in the metadata of classes: what one decorator writes and discovery reads.
 * The key is shared by every copy of weir in the process, so that two copies still see each other's declarations.
 */
export class Slot<T> {
  readonly #key: symbol;

  constructor(name: string) {
    this.#key = Symbol.for(`weir:${name}`);
  }

  /** Adds to the metadata of a class itself. */
  write(target: Class, value: T): void {
    Reflect.defineMetadata(this.#key, [...this.readOwn(target), value], target);
  }

  /** The metadata of a class or of the nearest class it extends: what was written last. */
  read(target: Class): T | undefined {
    return (Reflect.getMetadata(this.#key, target) as readonly T[] | undefined)?.at(-1);
  }

  /** All that was written to a class itself: one thing, unless its decorator stands on it twice. */
  readOwn(target: Class): readonly T[] {
    return (Reflect.getOwnMetadata(this.#key, target) as readonly T[] | undefined) ?? [];
  }
}

/** One declaration on a member of a class. */
export interface Declared<T> {
  readonly member: string;
  readonly value: T;
}

/** A typed list of the members of a class that carry one decorator, in the order they were declared. */
export class MemberSlot<T> {
  readonly #key: symbol;

  constructor(name: string) {
    this.#key = Symbol.for(`weir:${name}`);
  }

  /** Adds a declaration; `prototype` is what a method decorator is given. */
  add(prototype: object, member: string | symbol, value: T): void {
    const own = (Reflect.getOwnMetadata(this.#key, prototype) as Declared<T>[] | undefined) ?? [];
    Reflect.defineMetadata(this.#key, [...own, { member: String(member), value }], prototype);
  }

  /** The declarations of a class and of those it extends, base first; an overriding declaration replaces the inherited one. */
  read(target: Class): readonly Declared<T>[] {
    const found: Declared<T>[] = [];
    for (const prototype of lineage(target)) {
      const own = (Reflect.getOwnMetadata(this.#key, prototype) as Declared<T>[] | undefined) ?? [];
      const replaced = new Set(own.map((each) => each.member));
      found.splice(0, found.length, ...found.filter((each) => !replaced.has(each.member)), ...own);
    }
    return found;
  }

  /** The declarations of a class alone, without those it inherits. */
  readOwn(target: Class): readonly Declared<T>[] {
    return (Reflect.getOwnMetadata(this.#key, target.prototype as object) as Declared<T>[] | undefined) ?? [];
  }

  /** Declarations that stand on static members, where they have no instance to work on. */
  readStatic(target: Class): readonly Declared<T>[] {
    return (Reflect.getOwnMetadata(this.#key, target) as Declared<T>[] | undefined) ?? [];
  }
}

/** The prototypes of a class, base first. */
function lineage(target: Class): object[] {
  const prototypes: object[] = [];
  for (let p = target.prototype as object | null; p !== null && p !== Object.prototype; p = Object.getPrototypeOf(p) as object | null) {
    prototypes.unshift(p);
  }
  return prototypes;
}
