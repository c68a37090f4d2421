import { randomUUID } from 'node:crypto';
import { TransportError } from '../../../errors/index.js';
import type { TopicPartition } from '../../../positions/index.js';
import { partitionFor } from '../../murmur2.js';
import { PartitionLog } from './partition-log.js';

/** A topic: its partitions, and which of them a message goes to. */
export class MemoryTopic {
  readonly id = randomUUID();
  readonly logs: PartitionLog[] = [];
  #config: Readonly<Record<string, string>>;
  #turn = 0;

  constructor(
    readonly name: string,
    partitions: number,
    config: Readonly<Record<string, string>>,
    private readonly nextTurn: () => number,
  ) {
    this.#config = config;
    this.grow(partitions);
  }

  get config(): Readonly<Record<string, string>> {
    return this.#config;
  }

  /** Sets some settings, and leaves the others as they are. */
  configure(settings: Readonly<Record<string, string>>): void {
    this.#config = { ...this.#config, ...settings };
  }

  /** Adds partitions up to a number. */
  grow(partitions: number): void {
    for (let partition = this.logs.length; partition < partitions; partition++)
      this.logs.push(new PartitionLog(this.name, partition, this.nextTurn));
  }

  /** When a message counts as written that was made at a time: with LogAppendTime now. */
  timestamp(madeAt: number, now: number): number {
    return this.config['message.timestamp.type'] === 'LogAppendTime' ? now : madeAt;
  }

  /** Why a message is refused because of how the topic was created; `undefined` when it is not. */
  refusal(key: Uint8Array | null, madeAt: number, now: number): string | undefined {
    if (key === null && this.config['cleanup.policy']?.split(',').includes('compact'))
      return 'a topic that is compacted takes no message without a key';
    if (this.config['message.timestamp.type'] === 'LogAppendTime') return undefined;
    const limit = (side: 'before' | 'after') => Number(this.config[`message.timestamp.${side}.max.ms`] ?? Number.POSITIVE_INFINITY);
    if (now - madeAt <= limit('before') && madeAt - now <= limit('after')) return undefined;
    return `the timestamp ${new Date(madeAt).toISOString()} is outside of what the topic takes (message.timestamp.before.max.ms, message.timestamp.after.max.ms)`;
  }

  /** The partition of a key as in Java; without a key one after the other. */
  choose(key: Uint8Array | null): number {
    return key === null ? this.#turn++ % this.logs.length : partitionFor(key, this.logs.length);
  }
}

/** How topics come into being. */
export interface TopicsOptions {
  /** Partitions of a topic that nobody created. */
  readonly partitions: number;
  /** Whether a topic is created when it is first written or subscribed. */
  readonly autoCreate: boolean;
}

/** Every topic of the broker. Tells who listens when the set of partitions changes. */
export class Topics {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #changed: () => void;
  readonly #options: TopicsOptions;
  #written = 0;

  constructor(options: TopicsOptions, changed: () => void) {
    this.#options = options;
    this.#changed = changed;
  }

  /** Every topic, by name. */
  all(): readonly MemoryTopic[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): MemoryTopic | undefined {
    return this.#topics.get(name);
  }

  /** A topic that is created when it is missing, where that is allowed. */
  ensure(name: string): MemoryTopic | undefined {
    if (!this.#topics.has(name) && this.#options.autoCreate) this.create(name);
    return this.#topics.get(name);
  }

  /** Creates a topic; one that exists is left as it is. */
  create(name: string, partitions = -1, config: Readonly<Record<string, string>> = {}): void {
    if (this.#topics.has(name)) return;
    this.#topics.set(name, new MemoryTopic(name, partitions === -1 ? this.#options.partitions : partitions, config, () => this.#written++));
    this.#changed();
  }

  grow(name: string, partitions: number): void {
    this.#topics.get(name)?.grow(partitions);
    this.#changed();
  }

  drop(name: string): void {
    if (this.#topics.delete(name)) this.#changed();
  }

  find({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.#topics.get(topic)?.logs[partition];
  }

  /** @throws TransportError `TOPIC_MISSING` when there is no such partition */
  log(at: TopicPartition): PartitionLog {
    this.ensure(at.topic);
    const log = this.find(at);
    if (log !== undefined) return log;
    throw new TransportError(`there is no partition ${at.partition} of topic "${at.topic}"; create the topic, or allow it to be created`, {
      code: 'TOPIC_MISSING',
    });
  }
}
