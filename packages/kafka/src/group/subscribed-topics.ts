import { reason } from '@weir/core/internal/errors';
import type { Cancel, Clock } from '@weir/core/internal/time';
import { type Subscription, type TopicSets, takesIn } from '@weir/core/internal/transport';
import type { Logger } from '../driver/client-log.js';

export interface SubscribedTopicsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often topics that are created later are looked for. */
  readonly everyMs: number;
  /** Topics that no pattern takes in. */
  readonly internal: readonly string[] | undefined;
  /** Those that follow others are not subscribed to. */
  readonly sets: TopicSets;
  readonly existing: () => Promise<readonly string[]>;
  readonly subscribe: (topics: readonly string[]) => void;
}

/**
 * Keeps the topics of a subscription in line with those that exist: to the client, which would match patterns in a dialect of its own, only names are told.
 */
export class SubscribedTopics {
  readonly #options: SubscribedTopicsOptions;
  #subscription: Subscription = [];
  #current: readonly string[] | undefined;
  #cancel: Cancel = () => undefined;

  constructor(options: SubscribedTopicsOptions) {
    this.#options = options;
  }

  /** What is subscribed to. */
  get current(): readonly string[] {
    return this.#current ?? [];
  }

  async change(wanted: Subscription): Promise<void> {
    this.#cancel();
    this.#current = undefined;
    const subscription = [...wanted];
    this.#subscription = subscription;
    const existing = this.#hasPatterns ? await this.#options.existing() : [];
    if (subscription !== this.#subscription) return;
    this.#subscribe(existing);
    if (this.#hasPatterns) this.#lookLater();
  }

  /** Subscribes as before it was stopped. What matches a pattern since then is found later: that takes a broker. */
  resume(): void {
    this.#options.subscribe(this.current);
    if (this.#hasPatterns) this.#lookLater();
  }

  stop(): void {
    this.#cancel();
    // What is being looked for just now is for another one.
    this.#subscription = [...this.#subscription];
  }

  get #hasPatterns(): boolean {
    return this.#subscription.some((wanted) => wanted instanceof RegExp);
  }

  #lookLater(): void {
    this.#cancel = this.#options.clock.after(this.#options.everyMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const subscription = this.#subscription;
    try {
      const existing = await this.#options.existing();
      if (subscription === this.#subscription) this.#subscribe(existing);
    } catch (thrown) {
      // The broker may be away for a while; the client says so by itself.
      this.#options.logger.debug({ err: thrown }, `cannot look for new topics: ${reason(thrown)}`);
    }
    if (subscription === this.#subscription) this.#lookLater();
  }

  #subscribe(existing: readonly string[]): void {
    const names = this.#subscription.filter((wanted) => typeof wanted === 'string');
    const found = existing.filter((topic) => takesIn(this.#subscription, topic, this.#options.internal));
    const topics = [...new Set([...names, ...found])].filter((topic) => !this.#options.sets.follows(topic)).sort();
    if (topics.join() === this.#current?.join()) return;
    this.#current = topics;
    this.#options.subscribe(topics);
  }
}
