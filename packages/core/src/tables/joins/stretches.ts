import type { Block } from './block.js';
import type { Waiting } from './waiters.js';

/** Numbers beyond these are those of no date. */
const farthest = 2 ** 46;

/** Events that are over within one stretch of time. */
export class Stretch {
  /** In the order in which they came. */
  events: Waiting[] = [];
  /** Its blocks in the shard. */
  blocks: Block[] = [];
  /** Those that are not there yet: the last one takes more. */
  open: Block[] = [];
  /** The same of marks. */
  marks: Block[] = [];
  /** Those that may be results by themselves, in the order in which they are over; once its turn has come. */
  due: Waiting[] | undefined;
  /** The first of them that was not taken. */
  at = 0;
  /** How many were taken and are not handled. */
  inHand = 0;

  /**
   * @param start when the first of its events may be over
   * @param end none is so later
   */
  constructor(
    readonly number: number,
    readonly start: number,
    readonly end: number,
  ) {}

  /** What is not committed of it is forgotten. */
  rewind(): void {
    this.open = [];
    this.marks = [];
    this.due = undefined;
    this.at = 0;
    this.inHand = 0;
  }
}

/** The stretches of time of which events wait, in their order. */
export class Stretches {
  readonly #widthMs: number;
  readonly #byNumber = new Map<number, Stretch>();
  readonly #inOrder: Stretch[] = [];

  constructor(widthMs: number) {
    this.#widthMs = widthMs;
  }

  [Symbol.iterator](): IterableIterator<Stretch> {
    return this.#inOrder[Symbol.iterator]();
  }

  get first(): Stretch | undefined {
    return this.#inOrder[0];
  }

  /** The number of one that has long been over. */
  get earliest(): number {
    return -farthest;
  }

  /** That of events that are over at a time. */
  numberAt(overAt: number): number {
    return Math.max(-farthest, Math.min(farthest, Math.floor(overAt / this.#widthMs)));
  }

  find(number: number): Stretch | undefined {
    return this.#byNumber.get(number);
  }

  of(number: number): Stretch {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const made = new Stretch(number, number * this.#widthMs, (number + 1) * this.#widthMs);
    this.put(made);
    return made;
  }

  /** In the place of another one of its number. */
  put(stretch: Stretch): void {
    const { number } = stretch;
    const known = this.#byNumber.get(number);
    this.#byNumber.set(number, stretch);
    if (known !== undefined) this.#inOrder[this.#inOrder.indexOf(known)] = stretch;
    else {
      const at = this.#inOrder.findLastIndex((each) => each.number < number);
      this.#inOrder.splice(at + 1, 0, stretch);
    }
  }

  remove(stretch: Stretch): void {
    this.#byNumber.delete(stretch.number);
    this.#inOrder.splice(this.#inOrder.indexOf(stretch), 1);
  }
}
