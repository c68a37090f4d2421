import type { Fault } from './definition-error.js';
import { nearest } from './did-you-mean.js';

/** The names of all options of a type: one that is forgotten does not compile. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** The options among some that nobody reads: misspelt, with the compiler's complaint cast away. */
export function unknownOptions<T>(given: unknown, names: OptionNames<T>, path = ''): Pick<Fault, 'problem' | 'remedy'>[] {
  if (typeof given !== 'object' || given === null) return [];
  const known = Object.keys(names);
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

/** The option that was probably meant. Upper and lower case do not count. */
function nearestOption(given: string, names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase());
  const near = nearest(given.toLowerCase(), lower, Math.max(1, Math.floor(given.length / 3)));
  return near === undefined ? undefined : names[lower.indexOf(near)];
}
