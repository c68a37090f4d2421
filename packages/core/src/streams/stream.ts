import { type Duration, durationMs } from '../time/index.js';
import type { Claim } from './claim.js';
import type { BatchEvent, Event } from './event.js';
import { type Pacing, ThrottleStage } from './pace.js';
import { END, FilterStage, FlatMapStage, type Gathering, MapStage, type Stage, TakeStage } from './stage.js';

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
  /** The same items, each after a function was called with it and is done. */
  tap(look: (item: T) => unknown): Flow<T>;
  /** The same items, at most `max` of them in any time of the length `per`. The rest waits; nothing is dropped. */
  throttle(max: number, per: Duration): Flow<T>;
}

/**
 * The events of one partition as an agent sees them: their values, in order. An event is acknowledged when the loop asks for the next one.
 * The stream ends when the partition goes or the worker stops.
 * @typeParam E its events
 */
export interface Stream<V = unknown, K = unknown, E = Event<K, V>> extends Flow<V> {
  filter<S extends V>(passes: (value: V) => value is S): Stream<S, K, Omit<E, 'value'> & { readonly value: S }>;
  filter(passes: (value: V) => boolean | Promise<boolean>): Stream<V, K, E>;
  tap(look: (value: V) => unknown): Stream<V, K, E>;
  throttle(max: number, per: Duration): Stream<V, K, E>;
  /** The events with key, headers, timestamp and position. */
  events(): Flow<E>;
  /** Pairs of key and value. */
  items(): Flow<[key: K | null, value: V]>;
  readonly topic: string;
  readonly partition: number;
  /** Aborted when the partition goes or the worker stops. */
  readonly signal: AbortSignal;
}

/** Where a stream's events come from: the lane. Each stays unfinished until its claim is done with. */
export interface Feed extends Stage<BatchEvent>, Gathering, Pacing {
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  /** Runs what is part of the event that was pulled last: its attempt begins, if it has not. */
  inEvent<T>(run: () => T): T;
  /** The loop is given an item. */
  gives(claim: Claim): void;
  /** The loop asks for the next item: it is done with the one that it was given. */
  asks(): void;
  /** The same for its first item. @throws LifecycleError when another loop has left something */
  begins(): void;
}

/** A flow over stages that end in a feed. */
class StagedFlow<T> implements Flow<T> {
  constructor(
    protected readonly feed: Feed,
    protected readonly stage: Stage<T>,
  ) {}

  map<R>(convert: (item: T) => R | Promise<R>): Flow<R> {
    return new StagedFlow(this.feed, new MapStage(this.stage, convert));
  }

  filter(passes: (item: T) => boolean | Promise<boolean>): Flow<never> {
    return new StagedFlow(this.feed, new FilterStage(this.stage, passes)) as unknown as Flow<never>;
  }

  flatMap<R>(expand: (item: T) => Iterable<R> | Promise<Iterable<R>>): Flow<R> {
    return new StagedFlow(this.feed, new FlatMapStage(this.stage, expand));
  }

  enumerate(start = 0): Flow<[number, T]> {
    let index = start;
    return this.map((item): [number, T] => [index++, item]);
  }

  take(max: number, within: Duration): Flow<T[]> {
    if (!Number.isInteger(max) || max < 1) throw new RangeError(`take: max must be a whole number from 1, got ${max}`);
    return new StagedFlow(this.feed, new TakeStage(this.stage, max, durationMs(within, 'take: within'), this.feed));
  }

  tap(look: (item: T) => unknown): Flow<T> {
    return new StagedFlow(this.feed, new MapStage(this.stage, (item) => after(look(item), item)));
  }

  throttle(max: number, per: Duration): Flow<T> {
    return new StagedFlow(this.feed, throttled(this.feed, this.stage, max, per));
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    let hasStarted = false;
    return {
      next: () => {
        if (hasStarted) this.feed.asks();
        else this.feed.begins();
        hasStarted = true;
        const pulled = this.stage.pull();
        return pulled instanceof Promise ? pulled.then(this.#give) : Promise.resolve(this.#give(pulled));
      },
      return: () => Promise.resolve({ value: undefined, done: true }),
    };
  }

  readonly #give = (item: T | typeof END): IteratorResult<T, undefined> => {
    if (item === END) return { value: undefined, done: true };
    this.feed.gives(this.stage.claim);
    return { value: item, done: false };
  };
}

function after<T>(done: unknown, item: T): T | Promise<T> {
  return done instanceof Promise ? done.then(() => item) : item;
}

function throttled<T>(feed: Feed, stage: Stage<T>, max: number, per: Duration): Stage<T> {
  if (!Number.isInteger(max) || max < 1) throw new RangeError(`throttle: max must be a whole number from 1, got ${max}`);
  return new ThrottleStage(stage, max, durationMs(per, 'throttle: per'), feed);
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

  override tap(look: (value: V) => unknown): Stream<V, K> {
    return new EventStream(this.feed, new MapStage(this.source, (event) => after(look(event.value), event)));
  }

  override throttle(max: number, per: Duration): Stream<V, K> {
    return new EventStream(this.feed, throttled(this.feed, this.source, max, per));
  }

  events(): Flow<Event<K, V>> {
    return new StagedFlow(this.feed, new MapStage(this.source, (event) => (event as BatchEvent).shown as Event<K, V>));
  }

  items(): Flow<[K | null, V]> {
    return new StagedFlow(this.feed, new MapStage(this.source, (event): [K | null, V] => [event.key, event.value]));
  }
}

/** The stream of a feed. The types of key and value are what the topic's definition says. @param events what the loop is given, where that is not the feed's own */
export function streamOf(feed: Feed, events: Stage<Event> = feed as Stage<Event>): Stream {
  return new EventStream(feed, events);
}
