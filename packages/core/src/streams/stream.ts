import { type Clock, type Duration, durationMs } from '../time/index.js';
import type { BatchEvent, Event } from './event.js';
import { END, FilterStage, FlatMapStage, MapStage, type Pulled, type Stage, TakeStage } from './stage.js';

/** Items in order, with operators over them. Each operator gives a new flow; a flow is looped over once. */
export interface Flow<T> extends AsyncIterable<T> {
  map<R>(convert: (item: T) => R | Promise<R>): Flow<R>;
  filter<S extends T>(passes: (item: T) => item is S): Flow<S>;
  filter(passes: (item: T) => boolean | Promise<boolean>): Flow<T>;
  flatMap<R>(expand: (item: T) => Iterable<R> | Promise<Iterable<R>>): Flow<R>;
  /** Pairs of a count from 0 and the item. */
  enumerate(start?: number): Flow<[index: number, item: T]>;
  /** Arrays of at most `max` items; a smaller one once `within` has passed since its first item, or when the stream ends. All of an array is acknowledged together. */
  take(max: number, within: Duration): Flow<T[]>;
}

/**
 * The events of one partition as an agent sees them: their values, in order. An event is acknowledged when the loop asks for the next one.
 * The stream ends when the partition goes or the worker stops.
 */
export interface Stream<V = unknown, K = unknown> extends Flow<V> {
  filter<S extends V>(passes: (value: V) => value is S): Stream<S, K>;
  filter(passes: (value: V) => boolean | Promise<boolean>): Stream<V, K>;
  /** The events with key, headers, timestamp and position. */
  events(): Flow<Event<K, V>>;
  /** Pairs of key and value. */
  items(): Flow<[key: K | null, value: V]>;
  readonly topic: string;
  readonly partition: number;
  /** Aborted when the partition goes or the worker stops. */
  readonly signal: AbortSignal;
}

/** Where a stream's events come from: the lane. */
export interface Feed {
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The next event, decoded. It stays unfinished until `release` or `drop`. */
  pull(): Pulled<BatchEvent>;
  /** Finishes the event pulled last. */
  drop(): void;
  /** Finishes every event that was pulled, or those up to one, maybe only those after another: the loop body is done with them. */
  release(through?: BatchEvent, after?: BatchEvent): void;
  /** Told of what the loop is given: of which event it is, if that is known, and how to finish what it was given. */
  looped(given: BatchEvent | undefined, acknowledge: () => void): void;
  /** The event pulled last. */
  readonly latest: BatchEvent | undefined;
  /** Whether the loop waits for the clock, to fill an array. */
  waitsForClock(waiting: boolean): void;
  /** Resolves when the loop may be given what was gathered; undefined when it may already. */
  readonly held: Promise<void> | undefined;
}

/** What is known of the arrays that a loop is given. */
interface Arrays {
  /** The event of the last item of the array given last. */
  readonly latest: BatchEvent | undefined;
  /** The last event that was given as a whole, or belongs to an array that was: it is done with those before. Undefined before the first. */
  readonly through: BatchEvent | undefined;
}

/** A flow over stages that end in a feed. */
class StagedFlow<T> implements Flow<T> {
  constructor(
    protected readonly feed: Feed,
    protected readonly stage: Stage<T>,
    protected readonly isMidway: () => boolean = () => false,
    /** Where events may be pulled ahead of the loop: the arrays that it is given. */
    protected readonly arrays?: Arrays,
  ) {}

  map<R>(convert: (item: T) => R | Promise<R>): Flow<R> {
    return new StagedFlow(this.feed, new MapStage(this.stage, convert), this.isMidway, this.arrays);
  }

  filter(passes: (item: T) => boolean | Promise<boolean>): Flow<never> {
    return new StagedFlow(this.feed, new FilterStage(this.stage, passes), this.isMidway, this.arrays) as unknown as Flow<never>;
  }

  flatMap<R>(expand: (item: T) => Iterable<R> | Promise<Iterable<R>>): Flow<R> {
    const stage = new FlatMapStage(this.stage, expand);
    return new StagedFlow(this.feed, stage, () => stage.isMidway || this.isMidway(), this.arrays);
  }

  enumerate(start = 0): Flow<[number, T]> {
    let index = start;
    return this.map((item): [number, T] => [index++, item]);
  }

  take(max: number, within: Duration): Flow<T[]> {
    if (!Number.isInteger(max) || max < 1) throw new RangeError(`take: max must be a whole number from 1, got ${max}`);
    const { feed, isMidway, arrays } = this;
    const stage = new TakeStage(this.stage, max, durationMs(within, 'take: within'), {
      clock: feed.clock,
      waiting: (isWaiting) => feed.waitsForClock(isWaiting),
      get held() {
        return feed.held;
      },
      latest: () => (arrays === undefined ? feed.latest : arrays.latest),
      through: () => (arrays === undefined ? feed.latest : arrays.through),
      isMidway,
      release: (through, after) => feed.release(through, after),
    });
    return new StagedFlow(feed, stage, () => false, stage);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        this.#acknowledge();
        this.stage.acknowledged?.();
        const pulled = this.stage.pull();
        return pulled instanceof Promise ? pulled.then(this.#give) : Promise.resolve(this.#give(pulled));
      },
      return: () => Promise.resolve({ value: undefined, done: true }),
    };
  }

  readonly #give = (item: T | typeof END): IteratorResult<T, undefined> => {
    if (item === END) return { value: undefined, done: true };
    this.feed.looped(this.arrays === undefined ? this.feed.latest : this.arrays.latest, this.#acknowledge);
    return { value: item, done: false };
  };

  /** Finishes the events that the loop was given. One of which elements are left is not done. */
  readonly #acknowledge = (): void => {
    if (this.isMidway()) return;
    if (this.arrays === undefined) this.feed.release();
    else if (this.arrays.through !== undefined) this.feed.release(this.arrays.through);
  };
}

class EventStream<V, K> extends StagedFlow<V> implements Stream<V, K> {
  constructor(
    feed: Feed,
    private readonly source: Stage<Event<K, V>>,
  ) {
    super(feed, new MapStage(source, (event) => event.value));
  }

  get topic(): string {
    return this.feed.topic;
  }

  get partition(): number {
    return this.feed.partition;
  }

  get signal(): AbortSignal {
    return this.feed.signal;
  }

  override filter(passes: (value: V) => boolean | Promise<boolean>): Stream<never, K> {
    const filtered = new FilterStage(this.source, (event) => passes(event.value));
    return new EventStream(this.feed, filtered) as unknown as Stream<never, K>;
  }

  events(): Flow<Event<K, V>> {
    return new StagedFlow(this.feed, this.source);
  }

  items(): Flow<[K | null, V]> {
    return new StagedFlow(this.feed, new MapStage(this.source, (event): [K | null, V] => [event.key, event.value]));
  }
}

/** The stream of a feed. The types of key and value are what the topic's definition says. */
export function streamOf(feed: Feed): Stream {
  return new EventStream(feed, feed as Stage<Event>);
}
