import { VirtualClock } from '../time/index.js';
import { type BatchEvent, Claim, END, type End, type Feed, Pace } from './index.js';

class HeldNumber extends Claim {
  constructor(
    private readonly feed: FakeFeed,
    readonly latest: BatchEvent,
  ) {
    super();
  }

  given(): void {
    this.feed.given.push(this.latest.offset);
  }

  protected finish(): void {
    this.feed.finished.push(this.latest.offset);
  }
}

/** A lane that the test fills by hand. Items may be there at once or come later. */
export class FakeFeed implements Feed {
  readonly topic = 'numbers';
  readonly partition = 3;
  readonly signal: AbortSignal = new AbortController().signal;
  readonly clock = new VirtualClock();
  /** Arrays that the loop is busy with. */
  busy = 0;
  readonly finished: number[] = [];
  /** The events of what the loop was given. */
  readonly given: number[] = [];
  claim!: Claim;
  #gatherings = 0;
  isGivenUp = false;

  inEvent<T>(run: () => T): T {
    return run();
  }

  gathers(): number {
    return ++this.#gatherings;
  }

  took(): void {}

  now(): number {
    return this.clock.now();
  }

  pace(max: number, perMs: number): Pace {
    return new Pace(max, perMs);
  }

  async pause(ms: number): Promise<boolean> {
    await this.clock.sleep(ms);
    return !this.isGivenUp;
  }

  readonly #waiting: (BatchEvent | End)[] = [];
  #given: Claim | undefined;
  #isOver = false;
  #wanted: ((item: BatchEvent | End) => void) | undefined;

  give(...values: number[]): this {
    for (const value of values) {
      const shown = { key: `k${value}`, value, offset: value };
      this.#put({ ...shown, shown } as unknown as BatchEvent);
    }
    return this;
  }

  end(): this {
    this.#put(END);
    return this;
  }

  #put(item: BatchEvent | End): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) this.#waiting.push(item);
    else wanted(this.#hold(item));
  }

  #hold(item: BatchEvent | End): BatchEvent | End {
    if (item === END) this.#isOver = true;
    else this.claim = new HeldNumber(this, item);
    return item;
  }

  pull() {
    const item = this.#waiting.shift();
    if (item !== undefined) return this.#hold(item);
    if (this.#isOver) return END;
    return new Promise<BatchEvent | End>((resolve) => {
      this.#wanted = resolve;
    });
  }

  gives(claim: Claim): void {
    claim.given();
    this.#given = claim;
  }

  asks(): void {
    const given = this.#given;
    this.#given = undefined;
    given?.done();
  }

  begins(): void {
    this.asks();
  }

  due(ms: number, listener: () => void) {
    return this.clock.after(ms, listener);
  }

  ahead<T>(pull: () => T): T {
    return pull();
  }

  away(isAway: boolean): void {
    this.busy += isAway ? 1 : -1;
  }

  /** Lets the loop run as far as it gets. */
  async still(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
  }

  async advance(ms: number): Promise<void> {
    await this.still();
    this.clock.advanceTo(this.clock.now() + ms);
    await this.still();
  }
}

export async function collect<T>(flow: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of flow) items.push(item);
  return items;
}

/** Begins to loop; what came so far is in the array. */
export function collecting<T>(flow: AsyncIterable<T>): T[] {
  const items: T[] = [];
  void (async () => {
    for await (const item of flow) items.push(item);
  })();
  return items;
}
