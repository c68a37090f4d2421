import type { Codec } from '../codecs/index.js';
import { codecOf, keyCodecOf, type OnEmpty, type Schema, type TopicDefinition } from '../definitions/index.js';
import { CodecError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { Batch, HeaderPair, Outgoing, Producer } from '../transport/index.js';
import { delayed, dueMs } from './delayed.js';
import { limited, type SendOptions } from './limited.js';
import { encode, headerPairs, type Message, partitionNumber, timestampMs } from './message.js';
import { isResultMessage, type ResultMessage } from './result.js';

/** Where messages leave the worker: what of a producer a topic needs. */
export type Outlet = Pick<Producer, 'append' | 'send'>;

/** A topic that can be written to; injected with `@Inject(definition)`. */
export interface Topic<K = unknown, V = unknown> {
  readonly name: string;
  readonly definition: TopicDefinition<K, V>;
  /**
   * Writes a message and tells where it lies. While no broker answers it waits, five minutes at most (`message.timeout.ms`); `options` say less. Without awaiting it nothing is lost: inside a handler the source offset waits for the delivery.
   * Throws a CodecError at once when key or value cannot be encoded; rejects with a TransportError (`DELIVERY_FAILED`) when the broker refuses it.
   */
  send(message: Message<K, V>, options?: SendOptions): Promise<Position>;
  /** Writes messages in order and tells where each lies. */
  sendMany(messages: readonly Message<K, V>[], options?: SendOptions): Promise<Position[]>;
  /** Writes a null value for a key: in a compacted topic, its deletion. Throws a CodecError without a key. */
  tombstone(key: Message<K, V>['key'] & {}): Promise<Position>;
  /** Writes a message without a promise: the quickest way. Delivered before the current event's offset is committed; a failure follows the agent's error policy. */
  sendSoon(message: Message<K, V>): void;
}

/** The event that a result is for. Its key is read only where the result has none: that costs a text, or a view. */
export interface KeyedEvent {
  readonly batch: Pick<Batch, 'keyToPassOn'>;
  readonly index: number;
}

/** What topics of one worker have in common. */
export interface TopicParts {
  readonly outlet: Outlet;
  /** How values of topics that do not say are written. */
  readonly defaultCodec: Schema;
  readonly clock: Clock;
  /** The topic that delayed messages are written to; undefined where nobody moves them on. */
  readonly delayedTo: string | undefined;
}

/** A definition bound to the codecs of an app and to the producer of a worker. */
export class BoundTopic<K, V> implements Topic<K, V> {
  readonly definition: TopicDefinition<K, V>;
  readonly keyCodec: Codec<unknown>;
  readonly valueCodec: Codec<unknown>;
  readonly onEmpty: OnEmpty;
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  readonly #delayedTo: string | undefined;
  /** What is encoded, for an error that may say so: made once, not for each message. */
  readonly #what: { readonly key: string; readonly value: string; readonly result: string };

  constructor(definition: TopicDefinition<K, V>, { outlet, defaultCodec, clock, delayedTo }: TopicParts) {
    this.definition = definition;
    this.keyCodec = keyCodecOf(definition.options.key ?? 'string');
    this.valueCodec = codecOf(definition.options.value ?? defaultCodec);
    this.onEmpty = definition.options.onEmpty ?? 'deliver';
    this.#outlet = outlet;
    this.#clock = clock;
    this.#delayedTo = delayedTo;
    const { name } = definition;
    this.#what = { key: `the key of a message to ${name}`, value: `the value of a message to ${name}`, result: `a result for ${name}` };
  }

  get name(): string {
    return this.definition.name;
  }

  send(message: Message<K, V>, options?: SendOptions): Promise<Position> {
    const outgoing = this.encode(message);
    if (options === undefined) return this.#outlet.send(outgoing);
    return limited(this.#clock, options, this.name, () => this.#outlet.send(outgoing));
  }

  sendMany(messages: readonly Message<K, V>[], options?: SendOptions): Promise<Position[]> {
    return Promise.all(messages.map((message) => this.send(message, options)));
  }

  tombstone(key: Message<K, V>['key'] & {}): Promise<Position> {
    if (key === undefined || key === null)
      throw new CodecError(
        `the key of a tombstone for ${this.name} is ${String(key)}: it would delete nothing. Give it the key that is to go`,
      );
    return this.send({ key, value: null });
  }

  sendSoon(message: Message<K, V>): void {
    const { topic, key, value, partition, timestamp, headers } = this.encode(message);
    this.#outlet.append(topic, key, value, partition, timestamp, headers);
  }

  /** A message as the transport takes it: one that is to wait as it waits. */
  encode(message: Message<K, V>): Outgoing {
    return this.#timed(this.#encode(message), message.at);
  }

  #timed(outgoing: Outgoing, at: number | Date | undefined): Outgoing {
    if (at === undefined) return outgoing;
    const due = dueMs(at);
    if (due <= this.#clock.now()) return outgoing;
    if (this.#delayedTo !== undefined) return delayed(outgoing, due, this.#delayedTo);
    throw new CodecError(
      `a message to ${this.name} says at, and nothing here moves delayed messages on: that is done by the workers of an app`,
    );
  }

  #encode(message: Message<K, V>): Outgoing {
    if (message.value === undefined) throw new CodecError(`the value of a message to ${this.name} is undefined. Send null for a tombstone`);
    return {
      topic: this.#target(),
      key: encode(this.keyCodec, message.key, this.#what.key),
      value: encode(this.valueCodec, message.value, this.#what.value),
      partition: partitionNumber(message.partition),
      timestamp: timestampMs(message.timestamp),
      headers: headerPairs(message.headers),
    };
  }

  /** A result of a handler, under the key bytes of the event it came from and with headers of that event, as far as it says nothing else. */
  encodeResult(from: KeyedEvent, result: unknown, headers?: readonly HeaderPair[]): Outgoing {
    if (isResultMessage(result)) return this.#encodeMessage(from, result, headers);
    return { topic: this.#target(), key: keyOf(from), value: encode(this.valueCodec, result, this.#what.result), headers };
  }

  #encodeMessage(from: KeyedEvent, result: ResultMessage<unknown, unknown>, passedOn: readonly HeaderPair[] | undefined): Outgoing {
    const own = this.#encode(result as Message<K, V>);
    // Most say their key, and few events have a trace: nothing is to be added then.
    if (result.key !== undefined && passedOn === undefined) return this.#timed(own, result.at);
    const key = result.key === undefined ? keyOf(from) : own.key;
    return this.#timed({ ...own, key, headers: mergedHeaders(passedOn, own.headers) }, result.at);
  }

  #target(): string {
    const [name] = this.definition.names;
    if (typeof name === 'string' && this.definition.names.length === 1) return name;
    throw new CodecError(`${this.name} is several topics and can only be read. Define the one to write to by its name`);
  }
}

function keyOf({ batch, index }: KeyedEvent): Outgoing['key'] {
  return batch.keyToPassOn(index);
}

/** Those that are passed on, unless they are given. */
function mergedHeaders(passedOn: readonly HeaderPair[] | undefined, own: readonly HeaderPair[] | undefined) {
  if (passedOn === undefined || own === undefined) return passedOn ?? own;
  return [...passedOn.filter(([name]) => !own.some(([given]) => given === name)), ...own];
}
