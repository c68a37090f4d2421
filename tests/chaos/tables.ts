import type { PlainMessage } from './clients.js';

/** What the tables of a run hold in the end, as their changelogs say. */
export class CountedTables {
  readonly #counts = new Map<string, number>();
  /** The ids of each key. */
  readonly #ids = new Map<string, Set<string>>();

  constructor(counts: readonly PlainMessage[], ids: readonly PlainMessage[]) {
    for (const { key, value } of counts) this.#counts.set(key, Number(value));
    for (const { key: bytes, value } of ids) {
      // The length of the key in four bytes, the key, the element.
      const end = 4 + bytes.charCodeAt(3);
      const [key, id] = [bytes.slice(4, end), bytes.slice(end)];
      const found = this.#ids.get(key) ?? new Set();
      this.#ids.set(key, found);
      if (value === 'null') found.delete(id);
      else found.add(id);
    }
  }

  /** @param due the ids of each key that are to be counted @returns what is wrong */
  faults(due: ReadonlyMap<string, ReadonlySet<string>>): string[] {
    return [...new Set([...due.keys(), ...this.#ids.keys(), ...this.#counts.keys()])].sort().flatMap((key) => {
      const [wanted, found] = [due.get(key) ?? new Set<string>(), this.#ids.get(key) ?? new Set<string>()];
      const count = this.#counts.get(key) ?? 0;
      return [
        ...[...wanted].filter((id) => !found.has(id)).map((id) => `${key} lacks ${id}`),
        ...[...found].filter((id) => !wanted.has(id)).map((id) => `${key} has ${id}`),
        ...(count === wanted.size ? [] : [`${key} counts ${count} of ${wanted.size}`]),
      ];
    });
  }
}
