import { performance } from 'node:perf_hooks';
import type { Position, TopicPartition } from '../errors/index.js';

/** Whose event it was. */
interface Beginner {
  readonly agent: { readonly name: string };
  readonly at: TopicPartition;
}

/** An event that a handler was given. */
export interface BegunEvent extends Position {
  readonly agent: string;
}

/** So many events are kept. */
const keptMax = 16;
/** Between two looks at the time nothing synchronous that is meant takes so long. */
const blockedMs = 5_000;

/**
 * The events that handlers were given last, of all lanes: which of them kept the thread is asked when it is free again, and others may have run by then.
 * Written for each event, looked through for hardly any.
 */
export class Begun {
  readonly #beginners = new Array<Beginner | undefined>(keptMax);
  readonly #offsets = new Float64Array(keptMax);
  #count = 0;
  #lookedAt = performance.now();
  #suspects: BegunEvent[] | undefined;

  note(beginner: Beginner, offset: number): void {
    this.#beginners[this.#count] = beginner;
    this.#offsets[this.#count] = offset;
    if (++this.#count === keptMax) this.#look();
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt > blockedMs) this.#suspects ??= this.#listed();
    this.#startOver(now);
  }

  #startOver(now: number): void {
    this.#lookedAt = now;
    this.#count = 0;
  }

  #listed(): BegunEvent[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const { agent, at } = this.#beginners[index] as Beginner;
      return { ...at, offset: this.#offsets[index] as number, agent: agent.name };
    });
  }

  /** To be called about once a second, whenever the thread is free. Gives the events of which one kept it, if it was kept for long. */
  suspects(): readonly BegunEvent[] {
    const found = this.#suspects ?? this.#listed();
    this.#suspects = undefined;
    this.#startOver(performance.now());
    return found;
  }
}
