import { ConfigurationError } from '../../errors/index.js';
import type { Position, TopicPartition } from '../../positions/index.js';
import type { Clock } from '../../time/index.js';
import type { NewTopic } from '../admin.js';
import type { Consumer } from '../consumer.js';
import { Cluster, type MemoryBrokerOptions } from './cluster.js';
import type { Faults } from './faults.js';
import type { Content, Isolation } from './logs/partition-log.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryProducer } from './memory-producer.js';
import { MemoryReader } from './memory-reader.js';
import { MemoryTransport, type MemoryTransportOptions } from './memory-transport.js';

/** A message as it lies in a topic. */
export interface StoredMessage extends Content, Position {}

/** Brokers of this process by name: whoever opens the same `memory://name` meets there. */
const brokers = new Map<string, MemoryBroker>();

/** Kafka in the memory of one process: for tests, and for trying things out. Everything is gone with the object. */
export class MemoryBroker {
  readonly #cluster: Cluster;

  constructor(options: MemoryBrokerOptions) {
    this.#cluster = new Cluster(options);
  }

  /**
   * The broker of a URL such as `memory://name`, the same for everybody in the process. The first one's clock counts.
   * @throws ConfigurationError when the URL is of another kind
   */
  static at(url: string, clock: Clock): MemoryBroker {
    if (!url.startsWith('memory://')) throw new ConfigurationError('broker', url, "a URL such as 'memory://name'");
    const name = url.slice('memory://'.length);
    const broker = brokers.get(name) ?? new MemoryBroker({ clock });
    brokers.set(name, broker);
    return broker;
  }

  transport(options?: MemoryTransportOptions): MemoryTransport {
    return new MemoryTransport(this.#cluster, options);
  }

  /** What can be made to go wrong. */
  get faults(): Faults {
    return this.#cluster.faults;
  }

  /** Changes whenever anything has happened: written, delivered, committed, assigned, paused, failed. */
  get activity(): number {
    return this.#cluster.activity.count;
  }

  /** Whether a group is handing over partitions or waits for a listener. */
  get isRebalancing(): boolean {
    return [...this.#cluster.groups].some((group) => group.isRebalancing);
  }

  /** Whether a handed-over message is about to be written. One that waits for the clock (`delayProduce`) or for `up` is not. */
  get isProducing(): boolean {
    return this.#clients(MemoryProducer).some((producer) => producer.isMoving);
  }

  /** Whether nothing more happens by itself: no rebalance, nothing to be written, and nothing that a consumer or a reader could poll. */
  isQuiet(): boolean {
    const polling = [...this.#clients(MemoryConsumer), ...this.#clients(MemoryReader)];
    return !this.isRebalancing && !this.isProducing && polling.every(({ isCaughtUp }) => isCaughtUp);
  }

  /** How many messages the members of a group, or one consumer, could poll now. */
  pending(of: string | Consumer): number {
    const consumers = this.#clients(MemoryConsumer).filter((consumer) => consumer === of || consumer.group.name === of);
    return consumers.reduce((sum, consumer) => sum + consumer.pending, 0);
  }

  /** Every message now in a topic, or in several, in the order in which they were written: also across partitions, whatever their timestamps. */
  messages(topic: string | readonly string[], isolation: Isolation = 'committed'): readonly StoredMessage[] {
    const logs = [topic].flat().flatMap((name) => this.#cluster.topics.get(name)?.logs ?? []);
    const found = logs.flatMap((log) => log.read(log.low, Number.POSITIVE_INFINITY, isolation).entries.map((entry) => ({ log, entry })));
    return found
      .sort((a, b) => a.entry.turn - b.entry.turn)
      .map(({ log: { topic, partition }, entry: { offset, key, value, headers, timestamp } }) => ({
        ...{ topic, partition, offset, key, value, headers, timestamp },
      }));
  }

  /** Names of all topics, sorted. */
  topics(): readonly string[] {
    return this.#cluster.topics.all().map(({ name }) => name);
  }

  /** The settings a topic was created with. */
  config(topic: string): Readonly<Record<string, string>> | undefined {
    return this.#cluster.topics.get(topic)?.config;
  }

  /** The offset a group reads next; −1 when it has committed none. */
  committed(group: string, topic: string, partition: number): number {
    const log = this.#cluster.topics.find({ topic, partition });
    return (log && this.#cluster.group(group).offset(log)) ?? -1;
  }

  /** How often the partitions of a group were divided anew. */
  generation(group: string): number {
    return this.#cluster.group(group).generation;
  }

  /** Creates a topic; one that exists is left as it is. */
  createTopic({ name, partitions = -1, config = {} }: Partial<NewTopic> & Pick<NewTopic, 'name'>): void {
    this.#cluster.topics.create(name, partitions, config);
  }

  /** Adds partitions to a topic, up to a number. */
  growTopic(name: string, partitions: number): void {
    this.#cluster.topics.grow(name, partitions);
  }

  /** Deletes a topic with its messages and the offsets of all groups. */
  deleteTopic(name: string): void {
    this.#cluster.topics.drop(name);
  }

  /** Keeps the last message of each key of a topic. What stays keeps its offset, so gaps remain. */
  compact(topic: string): void {
    for (const log of this.#cluster.topics.get(topic)?.logs ?? []) log.compact();
    this.#cluster.activity.note();
  }

  /** Drops the messages of a partition before an offset, as retention does. */
  truncate({ offset, ...partition }: TopicPartition & { readonly offset: number }): void {
    this.#cluster.topics.log(partition).truncate(offset);
    this.#cluster.activity.note();
  }

  #clients<Kind>(kind: new (...given: never[]) => Kind): readonly Kind[] {
    return [...this.#cluster.clients].filter((client): client is typeof client & Kind => client instanceof kind);
  }
}
