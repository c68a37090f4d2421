import { VerificationError } from '../work/verifier.js';

/** What stands under each key at the end, beside what should. */
export class Expected {
  readonly #expected: ReadonlyMap<string, string>;
  readonly #found = new Map<string, string>();
  /** Whether one key may have several outputs, of which the last counts. */
  readonly #isLastOnly: boolean;
  #repeated = 0;

  constructor(expected: ReadonlyMap<string, string>, isLastOnly: boolean) {
    this.#expected = expected;
    this.#isLastOnly = isLastOnly;
  }

  found(key: string, value: string): void {
    if (!this.#isLastOnly && this.#found.has(key)) this.#repeated++;
    this.#found.set(key, value);
  }

  /** @throws VerificationError that says what is wrong */
  conclude(who: string): void {
    let missing = 0;
    let wrong = 0;
    for (const [key, value] of this.#expected) {
      const found = this.#found.get(key);
      if (found === undefined) missing++;
      else if (found !== value) wrong++;
    }
    const foreign = this.#found.size - (this.#expected.size - missing);
    if (missing + wrong + foreign + this.#repeated > 0)
      throw new VerificationError(
        `${who}: of ${this.#expected.size} keys ${missing} are missing, ${wrong} wrong, ${this.#repeated} there again; ${foreign} are unknown`,
      );
  }
}

/** How often each name comes. */
export function tally(names: Iterable<string>): Map<string, string> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].map(([name, count]) => [name, String(count)]));
}

/** A number of 0 to 2³² that looks as if by chance, always the same for the same. */
export function scattered(id: number): number {
  let mixed = Math.imul(id ^ (id >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
