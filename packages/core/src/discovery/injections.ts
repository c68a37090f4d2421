import type { ServiceIdentifier } from 'inversify';
import { type AppDeclaration, injections, type Provider } from '../decorators/index.js';
import { type Definition, isDefinition, isJoinedTable } from '../definitions/index.js';
import type { Class } from '../metadata/index.js';
import { classOf, givenToFactories, providersOf } from './providers.js';
import { joinsIn, sourcesRead } from './sources-read.js';

/** A definition that a class is given, itself or by what it is given. */
export interface Reached {
  readonly definition: Definition;
  /** The names on the way, that of the class first: `PageViews → CountService → counts`. */
  readonly way: string;
}

/** Who is given what in an app. What modules bind to names and symbols is not seen: only the container knows it. */
export class Injections {
  readonly #app: AppDeclaration;
  readonly #providers = new Map<ServiceIdentifier, Provider>();

  constructor(app: AppDeclaration) {
    this.#app = app;
    for (const provider of providersOf(app)) {
      const identifier = typeof provider === 'function' ? provider : provider?.provide;
      if (identifier !== undefined && !this.#providers.has(identifier)) this.#providers.set(identifier, provider);
    }
  }

  /** The definitions that a class reaches, by the shortest way, the nearest first. */
  reachedFrom(declaring: Class): readonly Reached[] {
    return this.#follow(givenTo(declaring), declaring.name);
  }

  /** Every definition that is injected anywhere, and the tables that sources join with. */
  all(classes: readonly Class[]): readonly Definition[] {
    const reached = [...classes.flatMap((each) => this.reachedFrom(each)), ...this.#follow(givenToFactories(this.#app), 'a factory')];
    const joined = joinsIn(classes.flatMap(sourcesRead)).flatMap(({ tables }) => tables);
    return [...new Set([...reached.map(({ definition }) => definition), ...joined])];
  }

  #follow(given: readonly unknown[], from: string): Reached[] {
    const found = new Map<Definition, string>();
    const seen = new Set<unknown>();
    const open = given.map((what) => ({ what, from }));
    for (let step = open.shift(); step !== undefined; step = open.shift()) {
      const { what } = step;
      if (what === undefined || seen.has(what)) continue;
      seen.add(what);
      const way = `${step.from} → ${nameOf(what)}`;
      if (isDefinition(what)) found.set(what, way);
      // Whoever reads a join reads the tables that it joins.
      if (isJoinedTable(what)) open.push({ what: what.left, from: way }, { what: what.right, from: way });
      else if (!isDefinition(what)) open.push(...this.#behind(what as ServiceIdentifier).map((next) => ({ what: next, from: way })));
    }
    return [...found].map(([definition, way]) => ({ definition, way }));
  }

  /** What is given to what an identifier stands for. */
  #behind(identifier: ServiceIdentifier): readonly unknown[] {
    const provider = this.#providers.get(identifier);
    if (provider === undefined) return typeof identifier === 'function' ? givenTo(identifier as Class) : [];
    const declaring = classOf(provider);
    if (declaring !== undefined) return givenTo(declaring);
    return 'useFactory' in provider && Array.isArray(provider.inject) ? provider.inject : [];
  }
}

/** What a class asks for. A constructor of its own takes the place of the one it inherits. */
export function givenTo(declaring: Class): unknown[] {
  const isOfConstructor = ({ value }: { readonly value: { readonly parameter?: number } }) => value.parameter !== undefined;
  const own = injections.readOwn(declaring).filter(isOfConstructor);
  const all = injections.read(declaring).filter((each) => own.length === 0 || !isOfConstructor(each) || own.includes(each));
  return all.map(({ value }) => value.what);
}

function nameOf(what: unknown): string {
  if (isDefinition(what)) return what.name;
  return typeof what === 'function' ? what.name : String(what);
}
