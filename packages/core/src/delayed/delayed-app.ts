import { App, Handler, Inject } from '../decorators/index.js';
import { schedule, type TopicDefinition, topic } from '../definitions/index.js';
import type { Class } from '../metadata/index.js';
import type { Event } from '../streams/index.js';
import type { Schedule } from '../tables/index.js';
import { delayedPart, delayOf, TOPICS, type Topics, waitingName } from '../topics/index.js';
import { delayedDefinition } from './topic.js';
import { pack, unpack } from './waiting-message.js';

/** Digits of the greatest offset: texts of equal length are in the order of their numbers. */
const offsetDigits = 16;

/** The part of an app that moves delayed messages on: from their topic into timers, and when they are due to the topics that they were sent to. */
export function delayedApp(id: string): Class {
  const sent = delayedDefinition(id);
  const waiting = schedule(waitingName, { key: 'string', value: 'raw', placement: 'event' });

  @App({ id, part: delayedPart })
  class DelayedMessages {
    readonly #waiting: Schedule<string, Buffer>;
    readonly #topics: Topics;
    readonly #targets = new Map<string, TopicDefinition<Buffer, Buffer | null>>();

    constructor(@Inject(waiting) timers: Schedule<string, Buffer>, @Inject(TOPICS) topics: Topics) {
      this.#waiting = timers;
      this.#topics = topics;
    }

    @Handler(sent, { name: 'DelayedMessages.wait' })
    wait(value: Buffer | null, { key, headerPairs, offset, timestamp, topic: name }: Event<Buffer>): void {
      const found = delayOf(headerPairs);
      if (found === undefined) throw new Error(`${name} holds what was sent with at, and this message was not`);
      // The time of writing tells it from one of the same offset in a topic that was there before under this name.
      const place = `${String(offset).padStart(offsetDigits, '0')}-${timestamp}`;
      this.#waiting.at(found.delay.at, place, pack({ ...found, key, value }));
    }

    @Handler(waiting, { name: 'DelayedMessages.send' })
    send(packed: Buffer): void {
      const { delay, key, value, headers } = unpack(packed);
      const { partition, timestamp } = delay;
      this.#topics.of(this.#target(delay.topic)).sendSoon({ key, value, partition, timestamp, headers: headers as never });
    }

    #target(name: string): TopicDefinition<Buffer, Buffer | null> {
      const known = this.#targets.get(name);
      if (known !== undefined) return known;
      const made = topic(name, { key: 'raw', value: 'raw', onEmpty: 'deliver' });
      this.#targets.set(name, made);
      return made;
    }
  }
  return DelayedMessages;
}
