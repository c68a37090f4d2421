import type { AppDeclaration, Provider } from '../decorators/index.js';
import type { Class } from '../metadata/index.js';

/** What was given as providers, whatever it is. */
export function providersOf({ providers }: AppDeclaration): readonly Provider[] {
  return Array.isArray(providers) ? (providers as readonly Provider[]) : [];
}

/** The class that a provider makes, if it makes one. */
export function classOf(provider: Provider): Class | undefined {
  if (typeof provider === 'function') return provider;
  return provider !== undefined && 'useClass' in provider ? provider.useClass : undefined;
}

/** What the factories of providers ask for. */
export function givenToFactories(app: AppDeclaration): unknown[] {
  return providersOf(app).flatMap((each) => (typeof each === 'object' && 'useFactory' in each ? (each.inject ?? []) : []));
}
