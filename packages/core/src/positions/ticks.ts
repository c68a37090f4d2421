import { createHash } from 'node:crypto';

/** Characters that the hash of a name, and a time in base 36, take. */
const hashed = 6;
const timed = 8;
const entry = new RegExp(`([\\w-]{${hashed}})([0-9a-z]{${timed}})`, 'g');

/** Names that can be noted of a partition: with what else stands beside its offset, what a broker takes. Beyond that those are left out whose last tick is oldest. */
export const ticksMax = 24;

/**
 * The ticks that are over, as they are noted beside the offset of a partition: for each name the time up to which they are. State: what is not committed is taken
 * back with a rewind.
 */
export class Ticks {
  #over: ReadonlyMap<string, number> = new Map();
  #committed: string | undefined;
  #hasBegun = false;

  /** Up to when those of a name are over, in milliseconds since 1970; undefined where none was ever noted. */
  of(name: string): number | undefined {
    return this.#over.get(hashOf(name));
  }

  /** Those of a name are over up to a time. It does not go back. */
  note(name: string, time: number): void {
    if (time <= (this.of(name) ?? Number.NEGATIVE_INFINITY)) return;
    const hash = hashOf(name);
    const all = [...this.#over].filter(([each]) => each !== hash);
    all.push([hash, time]);
    this.#over = new Map(all.sort(([, one], [, other]) => one - other).slice(-ticksMax));
  }

  /** As it is noted; undefined where nothing is. */
  get noted(): string | undefined {
    return textOf(this.#over) || undefined;
  }

  /** What of it is committed. */
  get committed(): string | undefined {
    return this.#committed;
  }

  /** What was noted is committed. */
  hasCommitted(noted: string | undefined): void {
    this.#committed = noted;
  }

  /** Begins with what is committed. Told again, it is the same. */
  begin(noted: string | undefined): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.hasCommitted(noted);
    this.dropped();
  }

  /** What is not committed is taken back. */
  dropped(): void {
    this.#over = new Map([...(this.#committed ?? '').matchAll(entry)].map(([, name, time]) => [name, Number.parseInt(time, 36)]));
  }
}

function textOf(over: ReadonlyMap<string, number>): string {
  return [...over]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, time]) => name + time.toString(36).padStart(timed, '0'))
    .join('');
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, hashed);
}
