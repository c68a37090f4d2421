import { performance } from 'node:perf_hooks';
import { formatPosition, type Position, type TopicPartition } from '../positions/index.js';

/** A lane, among all that a worker has had. */
export type LaneNumber = number;

/** What the latest events are written to: memory that other threads see, for this one may be blocked by one of them. */
export interface SharedEvents {
  /** How many were ever written, one after another and round again. */
  readonly count: Float64Array<SharedArrayBuffer>;
  readonly lanes: Int32Array<SharedArrayBuffer>;
  readonly offsets: Float64Array<SharedArrayBuffer>;
}

/** An event that a handler was given. */
export interface RecentEvent extends Position {
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
export class RecentEvents {
  readonly #numbers = new Map<string, LaneNumber>();
  readonly #lanes: (TopicPartition & { readonly agent: string })[] = [];
  readonly events: SharedEvents = {
    count: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
    lanes: new Int32Array(new SharedArrayBuffer(keptMax * Int32Array.BYTES_PER_ELEMENT)),
    offsets: new Float64Array(new SharedArrayBuffer(keptMax * Float64Array.BYTES_PER_ELEMENT)),
  };
  /** Told of each lane with a new number, one higher than the last. */
  numbered: (name: string) => void = () => {};
  /** Where the next one is written. */
  #next = 0;
  /** How many have not been asked for. */
  #fresh = 0;
  #lookedAt = performance.now();
  #notAsked: RecentEvent[] | undefined;

  /** Of the lanes, by their numbers. */
  get names(): string[] {
    return [...this.#numbers.keys()];
  }

  /** The number of the lanes of an agent on a partition. */
  numberOf(agent: string, { topic, partition }: TopicPartition): LaneNumber {
    const name = `${agent} on ${formatPosition({ topic, partition })}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#lanes.push({ topic, partition, agent }) - 1;
    this.#numbers.set(name, number);
    this.numbered(name);
    return number;
  }

  note(lane: LaneNumber, offset: number): void {
    const { lanes, offsets, count } = this.events;
    lanes[this.#next] = lane;
    offsets[this.#next] = offset;
    count[0]++;
    this.#fresh++;
    this.#next = (this.#next + 1) % keptMax;
    if (this.#next === 0) this.#look();
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt > blockedMs) this.#notAsked ??= this.#listed();
    this.#startOver(now);
  }

  #startOver(now: number): void {
    this.#lookedAt = now;
    this.#fresh = 0;
  }

  #listed(): RecentEvent[] {
    const { lanes, offsets } = this.events;
    const first = this.#next - this.#fresh + keptMax;
    return Array.from({ length: this.#fresh }, (_, index) => {
      const slot = (first + index) % keptMax;
      return { ...this.#lanes[lanes[slot]], offset: offsets[slot] };
    });
  }

  /** To be called about once a second, whenever the thread is free. Gives the events of which one kept it, if it was kept for long. */
  sinceLastLook(): readonly RecentEvent[] {
    const found = this.#notAsked ?? this.#listed();
    this.#notAsked = undefined;
    this.#startOver(performance.now());
    return found;
  }
}
