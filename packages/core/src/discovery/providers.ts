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
