import type { Cancel, Clock } from '../time/index.js';
import type { BatchEvent } from './event.js';

/** Says that a stream has come to its end. */
export const END: unique symbol = Symbol('end of stream');
export type End = typeof END;

/** What a stage gives: at once when it can, later when it must wait. */
export type Pulled<T> = T | End | Promise<T | End>;

/** One step of a stream: gives items one after another, on demand. */
export interface Stage<T> {
  pull(): Pulled<T>;
  /** Nobody wants the item pulled last: the events behind it are finished. */
  drop(): void;
  /** The loop is done with every item that it was given. */
  acknowledged?(): void;
}

/** Each item through a function, which may be asynchronous. */
export class MapStage<T, R> implements Stage<R> {
  constructor(
    private readonly source: Stage<T>,
    private readonly convert: (item: T) => R | Promise<R>,
  ) {}

  pull(): Pulled<R> {
    const pulled = this.source.pull();
    return pulled instanceof Promise ? pulled.then(this.#convert) : this.#convert(pulled);
  }

  readonly #convert = (item: T | End): Pulled<R> => (item === END ? END : this.convert(item));

  drop(): void {
    this.source.drop();
  }

  acknowledged(): void {
    this.source.acknowledged?.();
  }
}

/** Only the items that pass. The others are finished on the spot. */
export class FilterStage<T> implements Stage<T> {
  constructor(
    private readonly source: Stage<T>,
    private readonly passes: (item: T) => boolean | Promise<boolean>,
  ) {}

  async pull(): Promise<T | End> {
    for (;;) {
      const pulled = this.source.pull();
      const item = pulled instanceof Promise ? await pulled : pulled;
      if (item === END) return END;
      const passed = this.passes(item);
      if (passed instanceof Promise ? await passed : passed) return item;
      this.drop();
    }
  }

  drop(): void {
    this.source.drop();
  }

  acknowledged(): void {
    this.source.acknowledged?.();
  }
}

/** Every element of what a function makes of an item. An item that yields nothing is finished on the spot. */
export class FlatMapStage<T, R> implements Stage<R> {
  #waiting: R[] = [];
  /** Elements of the item that were passed on, and neither dropped nor done with. */
  #kept = 0;

  constructor(
    private readonly source: Stage<T>,
    private readonly expand: (item: T) => Iterable<R> | Promise<Iterable<R>>,
  ) {}

  async pull(): Promise<R | End> {
    while (this.#waiting.length === 0) {
      const pulled = this.source.pull();
      const item = pulled instanceof Promise ? await pulled : pulled;
      if (item === END) return END;
      const expanded = this.expand(item);
      this.#waiting = [...(expanded instanceof Promise ? await expanded : expanded)];
      this.#kept = 0;
      if (this.#waiting.length === 0) this.source.drop();
    }
    this.#kept++;
    return this.#waiting.shift() as R;
  }

  /** The event is finished with its last element, unless somebody still holds another. */
  drop(): void {
    this.#kept--;
    if (this.#waiting.length === 0 && this.#kept === 0) this.source.drop();
  }

  acknowledged(): void {
    this.#kept = 0;
    this.source.acknowledged?.();
  }

  /** Elements that were expanded and not pulled yet: their event is not finished. */
  get isMidway(): boolean {
    return this.#waiting.length > 0;
  }
}

/** What filling an array needs of the stream under it. */
export interface Gathering {
  readonly clock: Clock;
  waiting(isWaiting: boolean): void;
  /** While this is there, an array that is due waits for it. */
  readonly held: Promise<void> | undefined;
  /** The event behind the item that was pulled last. */
  latest(): BatchEvent | undefined;
  /** The last event up to which all is pulled once the item that was pulled last is whole. */
  through(): BatchEvent | undefined;
  /** Whether elements of that item are left. */
  isMidway(): boolean;
  /** Finishes the events up to one, after another. */
  release(through: BatchEvent, after: BatchEvent | undefined): void;
}

/** Arrays of up to `max` items; a smaller one when `withinMs` has passed since its first item, or the stream ends. */
export class TakeStage<T> implements Stage<T[]> {
  #pending: Promise<T | End> | undefined;
  /** The last event that the arrays so far hold the whole of, and what it was before the last array. */
  #through: BatchEvent | undefined;
  #before: BatchEvent | undefined;
  /** The same once the item that was pulled last is whole. */
  #next: BatchEvent | undefined;
  #latest: BatchEvent | undefined;

  constructor(
    private readonly source: Stage<T>,
    private readonly max: number,
    private readonly withinMs: number,
    private readonly gathering: Gathering,
  ) {}

  /** The last event that was given as a whole. One that came later is not yet the loop's. */
  get through(): BatchEvent | undefined {
    return this.#through;
  }

  /** The event of the last item. */
  get latest(): BatchEvent | undefined {
    return this.#latest;
  }

  async pull(): Promise<T[] | End> {
    const items: T[] = [];
    this.#before = this.#through;
    let cancel: Cancel | undefined;
    let due: Promise<'due'> | undefined;
    try {
      while (items.length < this.max) {
        const item = await this.#nextItem(due);
        if (item === 'due') break;
        if (item === END) return items.length === 0 ? END : items;
        items.push(item.item);
        this.#note();
        if (due === undefined && this.max > 1) {
          due = new Promise((resolve) => {
            cancel = this.gathering.clock.after(this.withinMs, () => resolve('due'));
          });
        }
      }
      return items;
    } finally {
      cancel?.();
    }
  }

  /** What came before another event is whole. */
  #note(): void {
    const next = this.gathering.through();
    if (next !== this.#next) this.#through = this.#next ?? this.#through;
    if (!this.gathering.isMidway()) this.#through = next;
    this.#next = next;
    this.#latest = this.gathering.latest();
  }

  acknowledged(): void {
    // An item that was pulled ahead is not the loop's yet.
    if (this.#pending === undefined) this.source.acknowledged?.();
  }

  /** Only its own events: an array that takes in arrays may hold those before. */
  drop(): void {
    if (this.#through !== undefined && this.#through !== this.#before) this.gathering.release(this.#through, this.#before);
  }

  /** The next item, or word that the time is up; an item that was being waited for then is kept for the next call. */
  async #nextItem(due: Promise<'due'> | undefined): Promise<{ readonly item: T } | End | 'due'> {
    const pulled = this.#pending ?? this.source.pull();
    if (!(pulled instanceof Promise)) return pulled === END ? END : { item: pulled };
    this.#pending = pulled;
    if (due !== undefined) this.gathering.waiting(true);
    const first = await (due === undefined ? pulled : Promise.race([pulled, due]));
    // Nothing lies between the last look and the end of the wait: a lane that is held in between is not at rest.
    if (first === 'due') for (let { held } = this.gathering; held !== undefined; { held } = this.gathering) await held;
    if (due !== undefined) this.gathering.waiting(false);
    if (first === 'due' && due !== undefined) return 'due';
    this.#pending = undefined;
    return first === END ? END : { item: first as T };
  }
}
