import { LifecycleError } from '@weir/core/internal/errors';
import type {
  Abilities,
  Admin,
  Consumer,
  ConsumerOptions,
  Producer,
  ProducerOptions,
  Reader,
  ReaderOptions,
  Transport,
  TransportOptions,
} from '@weir/core/internal/transport';
import { KafkaAdmin } from './admin.js';
import { disconnectConsumer } from './consumer/close-consumer.js';
import { openAsking, openConsumer } from './consumer/open-consumer.js';
import { adminOf } from './driver/calls.js';
import type { LoadedDriver, Natives } from './driver/driver.js';
import type { DriverAdmin, DriverConsumer } from './driver/driver-types.js';
import { topicNamed } from './driver/metadata.js';
import { producerProperties } from './driver/properties.js';
import { embeddedPartitions, marker } from './embedded/embedded.js';
import type { Attached, Made } from './fast/attach.js';
import { chosenPath } from './fast/fast-path-option.js';
import { disconnect } from './producer/close-producer.js';
import { openClient, openProducer } from './producer/open-producer.js';
import { openReader } from './reader/open-reader.js';

/** The embedded broker waits as long as a fetch allows, also when something has come; and with the classic protocol a rebalance takes as long as a session. */
const embeddedProperties = { 'fetch.wait.max.ms': 10, 'group.protocol': 'consumer' };

/** How long a transport that closes waits for questions that nobody wants answered any more. */
const askingMs = 3_000;

/** Kafka, through librdkafka. */
export class KafkaTransport implements Transport {
  readonly abilities: Abilities;
  readonly #natives: Natives;
  readonly #options: TransportOptions;
  readonly #asking: DriverConsumer;
  /** Where the addon serves it, too. */
  readonly #attached: Attached | undefined;
  readonly #admin: DriverAdmin;
  readonly #isEmbedded: boolean;
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closing: Promise<void> | undefined;

  /** Connects once, to know whether the broker answers and what it can do. */
  static async open(driver: LoadedDriver, given: TransportOptions): Promise<KafkaTransport> {
    const { fastPath, options } = chosenPath(given);
    const asking = await openAsking({ driver, fastPath }, options);
    const isEmbedded = await topicNamed(asking.client, marker).then(
      (found) => found !== undefined,
      () => false,
    );
    return new KafkaTransport({ driver, fastPath }, options, asking, isEmbedded);
  }

  private constructor(natives: Natives, options: TransportOptions, { client, attached }: Made<DriverConsumer>, isEmbedded: boolean) {
    this.#natives = natives;
    this.#options = isEmbedded ? { ...options, properties: { ...embeddedProperties, ...options.properties } } : options;
    this.#asking = client;
    this.#attached = attached;
    this.#admin = adminOf(natives.driver, client);
    this.#isEmbedded = isEmbedded;
    this.abilities = { createTopics: !isEmbedded, transactions: !isEmbedded };
  }

  get description(): string {
    const { driver, fastPath } = this.#natives;
    return fastPath === undefined ? driver.description : `${driver.description}, fast path`;
  }

  async consumer(options: ConsumerOptions): Promise<Consumer> {
    // The embedded broker is not asked to keep memberships for which nobody has asked.
    const member = this.#isEmbedded && options.leaves ? undefined : options.member;
    const given = { ...options, member };
    const consumer: Consumer = await openConsumer(this.#natives, this.#mustBeOpen(), given, () => this.#open.delete(consumer));
    return this.#keep(consumer);
  }

  async reader(options: ReaderOptions = {}): Promise<Reader> {
    const reader: Reader = await openReader({
      ...{ natives: this.#natives, options: this.#mustBeOpen(), reader: options, admin: this.#admin },
      closed: () => this.#open.delete(reader),
    });
    return this.#keep(reader);
  }

  async producer(options: ProducerOptions = {}): Promise<Producer> {
    const producer: Producer = await openProducer(this.#natives, this.#mustBeOpen(), options, () => this.#open.delete(producer));
    return this.#keep(producer);
  }

  async admin(): Promise<Admin> {
    const { logger } = this.#mustBeOpen();
    const embedded = this.#isEmbedded && {
      embedded: { partitions: embeddedPartitions, create: (topics: readonly string[]) => this.#touch(topics) },
    };
    return new KafkaAdmin({ client: this.#asking, attached: this.#attached, admin: this.#admin, logger, ...embedded });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#open].map((client) => client.close()));
    const { clock, logger } = this.#options;
    await disconnectConsumer(this.#asking, clock, logger, askingMs);
  }

  /** The embedded broker creates a topic when a producer asks for it. */
  async #touch(topics: readonly string[]): Promise<void> {
    const { client } = await openClient(this.#natives.driver, this.#options, producerProperties(this.#options));
    try {
      for (const topic of topics) await topicNamed(client, topic);
    } finally {
      await disconnect(client, this.#options.clock);
    }
  }

  /** It closes with the transport, and at once when that was closed in the meantime. */
  async #keep<T extends { close(): Promise<void> }>(client: T): Promise<T> {
    if (this.#closing !== undefined) await client.close();
    this.#mustBeOpen();
    this.#open.add(client);
    return client;
  }

  #mustBeOpen(): TransportOptions {
    if (this.#closing !== undefined) throw new LifecycleError('the transport is closed');
    return this.#options;
  }
}
