import type { AppDeclaration, Provider } from '../decorators/index.js';
import { isClass } from '../definitions/index.js';
import type { Class } from '../metadata/index.js';

/** What was given as providers, whatever it is. */
export function providersOf({ providers }: AppDeclaration): readonly Provider[] {
  return Array.isArray(providers) ? (providers as readonly Provider[]) : [];
}

/** The class that a provider makes, if it makes one. */
export function classOf(provider: Provider): Class | undefined {
  if (typeof provider === 'function') return isClass(provider) ? provider : undefined;
  const made = isObject(provider) && 'useClass' in provider ? provider.useClass : undefined;
  return isClass(made) ? made : undefined;
}

/** What the factories of providers ask for. */
export function givenToFactories(app: AppDeclaration): unknown[] {
  return providersOf(app).flatMap((each) => (isObject(each) && 'useFactory' in each && Array.isArray(each.inject) ? each.inject : []));
}

function isObject(provider: unknown): provider is object {
  return typeof provider === 'object' && provider !== null;
}
