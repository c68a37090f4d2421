/**
 * The known word that an unknown one was probably meant to be.
 * @param most how many letters may differ
 */
export function nearest(word: string, known: Iterable<string>, most: number = Math.max(2, Math.ceil(word.length / 3))): string | undefined {
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    const steps = distance(word, candidate);
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** `. Did you mean …?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `. Did you mean ${near}?`;
}

/** Letters to be changed, added or taken away (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced));
    }
    row = next;
  }
  return row[to.length]!;
}
