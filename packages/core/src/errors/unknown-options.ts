import type { Fault } from './definition-error.js';
import { nearest } from './did-you-mean.js';

/** The names of all options of a type: one that is forgotten does not compile. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** Under it options that are none keep what was given in their place. */
const inPlace = Symbol.for('weir:in-place-of-options');

/** A copy of options, to be kept or spread. Of what are none it stays known what was given: spread as it is, a text has an option for each character. */
export function givenOptions<T>(options: T): T {
  if (options === undefined || options === null || areOptions(options)) return { ...options } as T;
  return { [inPlace]: options } as T;
}

/** Whether there are options to be looked at, and not something else in their place, as `givenOptions` or the user has it. */
export function areOptions(options: unknown): options is object {
  return typeof options === 'object' && options !== null && !Array.isArray(options) && !(inPlace in options);
}

/**
 * The options among some that nobody reads: misspelt, with the compiler's complaint cast away; or something else in their place.
 * @param path what stands before their names: `batch.`
 */
export function unknownOptions<T>(given: unknown, names: OptionNames<T>, path = ''): Pick<Fault, 'problem' | 'remedy'>[] {
  const known = Object.keys(names);
  if (given === undefined || (given === null && path === '')) return [];
  if (!areOptions(given)) {
    const problem = `${path === '' ? 'its options are' : `${path.slice(0, -1)} is`} ${shown(original(given))}`;
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

function original(given: unknown): unknown {
  return typeof given === 'object' && given !== null && inPlace in given ? given[inPlace] : given;
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
