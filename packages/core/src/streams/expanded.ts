import type { HeaderPair } from '../transport/index.js';
import type { BatchEvent, Event, Headers } from './event.js';
import { END, type End, type Pulled, type Stage } from './stage.js';
import type { Feed } from './stream.js';

/** What is made of an event before an agent is given it: none, one, or several. */
export type Expands = (event: BatchEvent) => readonly ExpandedEvent[];

/** One of the events that are made of an event: with a value, and maybe a time, of its own. */
export class ExpandedEvent implements Event {
  readonly #event: BatchEvent;

  /**
   * @param time its event time, in milliseconds since 1970
   * @param about what it has beside those of the event
   */
  constructor(
    readonly origin: BatchEvent,
    readonly value: unknown,
    readonly time: number,
    about: Readonly<Record<string, unknown>>,
  ) {
    this.#event = origin;
    Object.assign(this, about);
  }

  get shown(): this {
    return this;
  }

  get timestamp(): number {
    return this.time;
  }

  get key(): unknown {
    return this.#event.key;
  }

  get headers(): Headers {
    return this.#event.headers;
  }

  get headerPairs(): readonly HeaderPair[] {
    return this.#event.headerPairs;
  }

  get topic(): string {
    return this.#event.topic;
  }

  get partition(): number {
    return this.#event.partition;
  }

  get offset(): number {
    return this.#event.offset;
  }

  get signal(): AbortSignal {
    return this.#event.signal;
  }

  forward(...given: Parameters<Event['forward']>): ReturnType<Event['forward']> {
    return this.#event.forward(...(given as Parameters<BatchEvent['forward']>));
  }
}

/** An event that goes on as it is. */
export class PassedEvent extends ExpandedEvent {
  constructor(origin: BatchEvent) {
    super(origin, origin.value, origin.time, {});
  }

  override get timestamp(): number {
    return this.origin.timestamp;
  }
}

/** The events of a feed, each as what is made of it. That is done in the attempt of the event; one of which nothing is made is done with on the spot. */
export class ExpandStage implements Stage<ExpandedEvent> {
  readonly #feed: Feed;
  readonly #expands: Expands;
  #waiting: ExpandedEvent[] = [];

  constructor(feed: Feed, expands: Expands) {
    this.#feed = feed;
    this.#expands = expands;
  }

  get claim(): Feed['claim'] {
    return this.#feed.claim;
  }

  pull(): Pulled<ExpandedEvent> {
    while (this.#waiting.length === 0) {
      const pulled = this.#feed.pull();
      if (pulled instanceof Promise) return pulled.then((event) => this.#later(event));
      if (pulled === END) return END;
      this.#expand(pulled);
    }
    return this.#waiting.shift() as ExpandedEvent;
  }

  #later(event: BatchEvent | End): Pulled<ExpandedEvent> {
    if (event === END) return END;
    this.#expand(event);
    return this.pull();
  }

  #expand(event: BatchEvent): void {
    this.#waiting = [...this.#feed.inEvent(() => this.#expands(event))];
    this.claim.becomes(this.#waiting.length);
  }
}
