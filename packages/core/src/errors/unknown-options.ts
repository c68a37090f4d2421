import type { Fault } from './definition-error.js';

/** The names of all options of a type: one that is forgotten does not compile. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** The options among some that nobody reads: misspelt, with the compiler's complaint cast away. */
export function unknownOptions<T>(given: unknown, names: OptionNames<T>, path = ''): Pick<Fault, 'problem' | 'remedy'>[] {
  if (typeof given !== 'object' || given === null) return [];
  const known = Object.keys(names);
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return {
        problem: `it has an option '${path}${name}' that nobody reads`,
        remedy: near === undefined ? `Options are ${known.join(', ')}` : `Did you mean '${path}${near}'?`,
      };
    });
}

/** The word that is most like another one, if any is like it at all. */
function nearest(word: string, words: readonly string[]): string | undefined {
  const distances = words.map((each) => [distance(word.toLowerCase(), each.toLowerCase()), each] as const).sort(([a], [b]) => a - b);
  const [least] = distances;
  return least !== undefined && least[0] <= Math.max(1, Math.floor(word.length / 3)) ? least[1] : undefined;
}

/** How many letters must be changed, put in or left out to make one word of another (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
    row = next;
  }
  return row[to.length];
}
