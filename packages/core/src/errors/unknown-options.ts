import type { Fault } from './definition-error.js';
import { nearest } from './did-you-mean.js';

/** The names of all options of a type: one that is forgotten does not compile. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * The options among some that nobody reads: misspelt, with the compiler's complaint cast away; or something else in their place.
 * @param path what stands before their names: `batch.`
 */
export function unknownOptions<T>(given: unknown, names: OptionNames<T>, path = ''): Pick<Fault, 'problem' | 'remedy'>[] {
  const known = Object.keys(names);
  if (given === undefined || (given === null && path === '')) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const problem = `${path === '' ? 'its options are' : `${path.slice(0, -1)} is`} ${shown(given)}`;
    return [{ problem, remedy: `Give it { ${known.join(', ')} }` }];
  }
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearestOption(name, known);
      return {
        problem: `it has an option '${path}${name}' that nobody reads`,
        remedy: near === undefined ? `Options are ${known.join(', ')}` : `Did you mean '${path}${near}'?`,
      };
    });
}

function shown(given: unknown): string {
  if (typeof given === 'string') return `'${given}'`;
  if (typeof given === 'function') return given.name || 'a function';
  return Array.isArray(given) ? 'a list' : String(given);
}

/** The option that was probably meant. Upper and lower case do not count. */
function nearestOption(given: string, names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase());
  const near = nearest(given.toLowerCase(), lower, Math.max(1, Math.floor(given.length / 3)));
  return near === undefined ? undefined : names[lower.indexOf(near)];
}
