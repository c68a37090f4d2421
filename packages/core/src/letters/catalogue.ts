import type { Batch, HeaderPair } from '../transport/index.js';
import { compileFilter, type LetterFilter } from './filter.js';
import { type LetterSummary, readLetter } from './letter.js';
import { positionOf } from './letter-id.js';
import type { Found, Range } from './letter-log.js';
import { readMark } from './marks.js';

/** What a catalogue takes in. */
export interface CatalogueOptions {
  /** Whether those that were dealt with are listed too. */
  readonly all?: boolean;
}

/** Which dead letters a log holds and what became of them. Keeps keys and causes, no values. */
export class Catalogue {
  readonly #letters = new Map<string, LetterSummary>();
  readonly #isMeant: (letter: LetterSummary) => boolean;
  readonly #options: CatalogueOptions;
  readonly #limit: number;
  readonly #texts = new Map<string, string>();

  /** @throws ConfigurationError */
  constructor(filter: LetterFilter, options: CatalogueOptions = {}) {
    this.#isMeant = compileFilter(filter);
    this.#limit = filter.limit ?? Number.POSITIVE_INFINITY;
    this.#options = options;
  }

  /** Takes in messages, those of a partition in order: marks come after the letters that they are about. */
  async fill(messages: AsyncIterable<Found>): Promise<this> {
    for await (const { batch, index } of messages) this.#take(batch, index);
    return this;
  }

  #take(batch: Batch, index: number): void {
    const headers: readonly HeaderPair[] = batch.headers(index);
    const mark = readMark(headers);
    if (mark === undefined) {
      const letter = readLetter(batch, index);
      if (letter !== undefined && this.#isMeant(letter)) this.#letters.set(letter.id, this.#shared(letter));
      return;
    }
    const letter = this.#letters.get(mark.id);
    // A mark counts for its own partition only.
    if (letter === undefined || positionOf(letter.id).partition !== batch.partition) return;
    if (this.#options.all === true) this.#letters.set(mark.id, { ...letter, outcome: mark.outcome });
    else this.#letters.delete(mark.id);
  }

  /** What thousands of letters say alike is kept once. */
  #shared(letter: LetterSummary): LetterSummary {
    const { cause } = letter;
    const error = {
      name: this.#once(cause.error.name),
      code: cause.error.code === undefined ? undefined : this.#once(cause.error.code),
      message: this.#once(cause.error.message),
    };
    const texts = { topic: this.#once(cause.topic), agent: this.#once(cause.agent), fingerprint: this.#once(cause.fingerprint) };
    return { ...letter, cause: { ...cause, ...texts, error } };
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  /** Those that are meant, in the order in which they were set aside. */
  letters(): LetterSummary[] {
    return [...this.#letters.values()].sort(byAge).slice(0, this.#limit);
  }
}

function byAge(a: LetterSummary, b: LetterSummary): number {
  return (a.cause.failedAt || 0) - (b.cause.failedAt || 0) || compareIds(a.id, b.id);
}

function compareIds(a: string, b: string): number {
  const [one, other] = [positionOf(a), positionOf(b)];
  return one.partition - other.partition || one.offset - other.offset;
}

/** Of ranges the part in which dead letters of these ids and their marks lie. */
export function narrowed(ranges: readonly Range[], ids: readonly string[] | undefined): Range[] {
  if (ids === undefined) return [...ranges];
  const positions = ids.map(positionOf);
  return ranges.flatMap((range) => {
    const offsets = positions.filter(({ partition }) => partition === range.partition).map(({ offset }) => offset);
    return offsets.length === 0
      ? []
      : [
          {
            ...range,
            from: Math.max(
              range.from,
              offsets.reduce((least, offset) => Math.min(least, offset)),
            ),
          },
        ];
  });
}

/** Of ranges the part from the first of these letters to the last. */
export function spanning(ranges: readonly Range[], letters: Iterable<LetterSummary>): Range[] {
  const spans = new Map<number, { from: number; to: number }>();
  for (const { id } of letters) {
    const { partition, offset } = positionOf(id);
    const span = spans.get(partition);
    spans.set(partition, { from: Math.min(span?.from ?? offset, offset), to: Math.max(span?.to ?? 0, offset + 1) });
  }
  return ranges.flatMap((range) => {
    const span = spans.get(range.partition);
    return span === undefined ? [] : [{ ...range, from: span.from, to: span.to }];
  });
}
