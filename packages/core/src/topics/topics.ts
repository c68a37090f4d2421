import type { Schema, TopicDefinition } from '../definitions/index.js';
import { LifecycleError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import { type Clock, SystemClock } from '../time/index.js';
import type { HeaderPair, Outgoing, Payload } from '../transport/index.js';
import { BoundTopic, type Outlet, type Topic, type TopicParts } from './topic.js';

/** What `@Inject(TOPICS)` gives: the topics of the worker, for a class that knows those it writes to only when it runs. */
export const TOPICS = Symbol.for('weir:topics');

/** The topics of one worker: made when they are injected, able to send from the moment the worker is connected. */
export class Topics {
  readonly #bound = new Map<TopicDefinition, BoundTopic<unknown, unknown>>();
  readonly #outlet = new LateOutlet();
  readonly #parts: TopicParts;

  /**
   * @param defaultCodec how values of topics that do not say are written
   * @param delayedTo the topic that delayed messages are written to; undefined where nobody moves them on
   */
  constructor(defaultCodec: Schema = 'json', clock: Clock = new SystemClock(), delayedTo?: string) {
    this.#parts = { outlet: this.#outlet, defaultCodec, clock, delayedTo };
  }

  /** The topic of a definition; the same one for every call. */
  of<K, V>(definition: TopicDefinition<K, V> | Topic<K, V>): BoundTopic<K, V> {
    if (definition instanceof BoundTopic) return definition as BoundTopic<K, V>;
    const key = definition as TopicDefinition;
    let topic = this.#bound.get(key);
    if (topic === undefined) {
      topic = new BoundTopic(key, this.#parts);
      this.#bound.set(key, topic);
    }
    return topic as unknown as BoundTopic<K, V>;
  }

  /** Lets messages out, or with undefined no longer. */
  connect(outlet: Outlet | undefined): void {
    this.#outlet.target = outlet;
  }
}

class LateOutlet implements Outlet {
  target: Outlet | undefined;

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    this.#open().append(topic, key, value, partition, timestamp, headers);
  }

  send(message: Outgoing): Promise<Position> {
    return this.#open().send(message);
  }

  #open(): Outlet {
    if (this.target === undefined)
      throw new LifecycleError('messages can be sent from @OnStart on and until @OnStop has returned, not before or after');
    return this.target;
  }
}
