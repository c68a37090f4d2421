import type { AttemptLane } from './attempt.js';

/** What a message was sent for: events of a lane, from the first offset to the last. */
export interface Origin {
  readonly lane: AttemptLane;
  readonly from: number;
  readonly to: number;
}

/** Numbers fit in the columns of the native client. */
const numberMax = 2 ** 30;

/** The attempts whose messages are on their way, by numbers that travel with them: so that a refused message is known to be somebody's. */
export class Origins {
  #lanes: (AttemptLane | undefined)[] = new Array(64);
  #from = new Float64Array(64);
  #to = new Float64Array(64);
  /** Both count up for ever. */
  #head: number;
  #tail: number;

  /** @param first the sequence number of the first attempt */
  constructor(first = 0) {
    this.#head = first;
    this.#tail = first;
  }

  /** Notes the events of an attempt. Returns its sequence number, which counts up for ever. */
  add(lane: AttemptLane, from: number, to: number): number {
    if (this.#tail - this.#head === this.#lanes.length) this.#grow();
    const slot = this.#tail & (this.#lanes.length - 1);
    this.#lanes[slot] = lane;
    this.#from[slot] = from;
    this.#to[slot] = to;
    return this.#tail++;
  }

  /** The number that travels with the messages of an attempt. */
  numberOf(sequence: number): number {
    return (sequence % numberMax) + 1;
  }

  find(number: number): Origin | undefined {
    const age = (number - 1 - (this.#head % numberMax) + numberMax) % numberMax;
    if (age >= this.#tail - this.#head) return undefined;
    const slot = (this.#head + age) & (this.#lanes.length - 1);
    const lane = this.#lanes[slot];
    return lane === undefined ? undefined : { lane, from: this.#from[slot], to: this.#to[slot] };
  }

  /** The sequence number after all that was added so far. */
  get mark(): number {
    return this.#tail;
  }

  /** Everything before a sequence number was answered for. */
  dropBefore(sequence: number): void {
    const mask = this.#lanes.length - 1;
    for (; this.#head < sequence; this.#head++) this.#lanes[this.#head & mask] = undefined;
  }

  #grow(): void {
    const size = this.#lanes.length;
    const [lanes, from, to] = [new Array(size * 2), new Float64Array(size * 2), new Float64Array(size * 2)];
    for (let at = this.#head; at < this.#tail; at++) {
      const [old, next] = [at & (size - 1), at & (size * 2 - 1)];
      lanes[next] = this.#lanes[old];
      from[next] = this.#from[old];
      to[next] = this.#to[old];
    }
    [this.#lanes, this.#from, this.#to] = [lanes, from, to];
  }
}
