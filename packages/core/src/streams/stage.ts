import type { Cancel } from '../time/index.js';
import { type Claim, JointClaim } from './claim.js';

/** Says that a stream has come to its end. */
export const END: unique symbol = Symbol('end of stream');
export type End = typeof END;

/** Says that an array has waited long enough. */
export const DUE: unique symbol = Symbol('due');
export type Due = typeof DUE;

/** What a stage gives: at once when it can, later when it must wait. */
export type Pulled<T> = T | End | Promise<T | End>;

/** One step of a stream: gives items one after another, on demand. */
export interface Stage<T> {
  /** The next item. Not called again before it is there. */
  pull(): Pulled<T>;
  /** That of the item pulled last. */
  readonly claim: Claim;
}

/** Each item through a function, which may be asynchronous. */
export class MapStage<T, R> implements Stage<R> {
  constructor(
    private readonly source: Stage<T>,
    private readonly convert: (item: T) => R | Promise<R>,
  ) {}

  get claim(): Claim {
    return this.source.claim;
  }

  pull(): Pulled<R> {
    const pulled = this.source.pull();
    return pulled instanceof Promise ? pulled.then(this.#convert) : this.#convert(pulled);
  }

  readonly #convert = (item: T | End): Pulled<R> => (item === END ? END : this.convert(item));
}

/** Only the items that pass. The others are done with on the spot. */
export class FilterStage<T> implements Stage<T> {
  constructor(
    private readonly source: Stage<T>,
    private readonly passes: (item: T) => boolean | Promise<boolean>,
  ) {}

  get claim(): Claim {
    return this.source.claim;
  }

  async pull(): Promise<T | End> {
    for (;;) {
      const pulled = this.source.pull();
      const item = pulled instanceof Promise ? await pulled : pulled;
      if (item === END) return END;
      const passed = this.passes(item);
      if (passed instanceof Promise ? await passed : passed) return item;
      this.source.claim.done();
    }
  }
}

/** Every element of what a function makes of an item. An item that yields nothing is done with on the spot. */
export class FlatMapStage<T, R> implements Stage<R> {
  #waiting: R[] = [];

  constructor(
    private readonly source: Stage<T>,
    private readonly expand: (item: T) => Iterable<R> | Promise<Iterable<R>>,
  ) {}

  get claim(): Claim {
    return this.source.claim;
  }

  async pull(): Promise<R | End> {
    while (this.#waiting.length === 0) {
      const pulled = this.source.pull();
      const item = pulled instanceof Promise ? await pulled : pulled;
      if (item === END) return END;
      const expanded = this.expand(item);
      this.#waiting = [...(expanded instanceof Promise ? await expanded : expanded)];
      this.source.claim.becomes(this.#waiting.length);
    }
    return this.#waiting.shift() as R;
  }
}

/** What filling an array needs of the lane under it. */
export interface Gathering {
  /** Calls back after a time in milliseconds, or when what was gathered must not wait. */
  due(ms: number, listener: () => void): Cancel;
  /** What was gathered runs elsewhere. */
  readonly isGivenUp: boolean;
  /** Runs what comes before the array. */
  ahead<T>(pull: () => T): T;
  /** Counts one more step that gathers arrays. Returns its number among them. */
  gathers(): number;
  /** The step of that number has an array. Of several the last one's are what steps behind it and the loop are busy with. */
  took(step: number, claim: Claim): void;
  /** Whether an array has been given and whoever has it has not asked for another. */
  away(isAway: boolean): void;
}

/** Arrays of up to `max` items; a smaller one when `withinMs` has passed since its first item, or the stream ends. */
export class TakeStage<T> implements Stage<T[]> {
  #pending: Promise<T | End> | undefined;
  #isAway = false;
  readonly #step: number;
  claim!: Claim;

  constructor(
    private readonly source: Stage<T>,
    private readonly max: number,
    private readonly withinMs: number,
    private readonly gathering: Gathering,
  ) {
    this.#step = gathering.gathers();
  }

  async pull(): Promise<T[] | End> {
    this.#away(false);
    const items: T[] = [];
    const claims: Claim[] = [];
    let cancel: Cancel | undefined;
    let due: Promise<Due> | undefined;
    try {
      while (items.length < this.max) {
        const pulled = this.#next(due);
        const item = pulled instanceof Promise ? await pulled : pulled;
        if (item === DUE) break;
        if (item === END) {
          if (items.length === 0 || this.gathering.isGivenUp) return END;
          break;
        }
        items.push(item);
        claims.push(this.source.claim);
        if (due === undefined && this.max > 1) {
          due = new Promise((resolve) => {
            cancel = this.gathering.due(this.withinMs, () => resolve(DUE));
          });
        }
      }
      this.#away(true);
      this.claim = new JointClaim(claims);
      this.gathering.took(this.#step, this.claim);
      return items;
    } finally {
      cancel?.();
    }
  }

  /** The next item, or word that the time is up; an item that was being waited for then is kept for the next call. */
  #next(due: Promise<Due> | undefined): T | End | Promise<T | End | Due> {
    const pulled = this.#pending ?? this.gathering.ahead(() => this.source.pull());
    return pulled instanceof Promise ? this.#wait(pulled, due) : pulled;
  }

  async #wait(pulled: Promise<T | End>, due: Promise<Due> | undefined): Promise<T | End | Due> {
    this.#pending = pulled;
    const first = await (due === undefined ? pulled : Promise.race([pulled, due]));
    if (first === DUE) this.#away(true);
    else this.#pending = undefined;
    return first;
  }

  #away(isAway: boolean): void {
    if (isAway !== this.#isAway) this.gathering.away(isAway);
    this.#isAway = isAway;
  }
}
