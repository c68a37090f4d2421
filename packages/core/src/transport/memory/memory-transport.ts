import { LifecycleError } from '../../errors/index.js';
import type { ConsumerOptions } from '../consumer.js';
import type { ProducerOptions } from '../producer.js';
import type { ReaderOptions } from '../reader.js';
import type { Abilities, Transport } from '../transport.js';
import type { Cluster } from './cluster.js';
import { MemoryAdmin } from './memory-admin.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryProducer } from './memory-producer.js';
import { MemoryReader } from './memory-reader.js';

type MemoryClient = MemoryConsumer | MemoryReader | MemoryProducer | MemoryAdmin;

/** What a transport of the in-memory broker is opened with. */
export interface MemoryTransportOptions {
  /** Names the client in the description. */
  readonly clientId?: string;
}

/** One client's way to the in-memory broker. */
export class MemoryTransport implements Transport {
  readonly abilities: Abilities = { createTopics: true, transactions: true, inProcess: true };
  readonly description: string;
  readonly #cluster: Cluster;
  readonly #opened: MemoryClient[] = [];
  #isClosed = false;

  constructor(cluster: Cluster, { clientId }: MemoryTransportOptions = {}) {
    this.#cluster = cluster;
    this.description = clientId === undefined ? 'in-memory broker' : `in-memory broker (${clientId})`;
  }

  async consumer(options: ConsumerOptions): Promise<MemoryConsumer> {
    this.#check();
    return this.#keep(new MemoryConsumer(this.#cluster, options));
  }

  async reader(options: ReaderOptions = {}): Promise<MemoryReader> {
    this.#check();
    return this.#keep(new MemoryReader(this.#cluster, options));
  }

  async producer(options: ProducerOptions = {}): Promise<MemoryProducer> {
    this.#check();
    return this.#keep(new MemoryProducer(this.#cluster, options));
  }

  async admin(): Promise<MemoryAdmin> {
    this.#check();
    return this.#keep(new MemoryAdmin(this.#cluster));
  }

  /** Consumers first, so that what they hand over can still be produced. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#opened.filter((client) => client instanceof MemoryConsumer).map((client) => client.close()));
    await Promise.all(this.#opened.map((client) => client.close()));
  }

  /** Drops every client on the spot, as a killed process: nothing is handed over or delivered, transactions are aborted, and pending calls never return. */
  crash(): void {
    this.#isClosed = true;
    for (const client of this.#opened) client.crash();
  }

  #keep<Client extends MemoryClient>(client: Client): Client {
    this.#opened.push(client);
    return client;
  }

  #check(): void {
    if (this.#isClosed) throw new LifecycleError('the transport is closed');
    this.#cluster.faults.checkUp();
  }
}
