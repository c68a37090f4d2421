import type { Admin } from './admin.js';
import type { Consumer, ConsumerOptions } from './consumer.js';
import type { Producer, ProducerOptions } from './producer.js';
import type { Reader, ReaderOptions } from './reader.js';
import type { Abilities, Transport } from './transport.js';

/** The transport of somebody else, who closes it: here only what was opened through this one is closed. */
export class SharedTransport implements Transport {
  readonly #transport: Transport;
  readonly #opened = new Set<{ close(): Promise<void> }>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get description(): string {
    return this.#transport.description;
  }

  get abilities(): Abilities {
    return this.#transport.abilities;
  }

  consumer(options: ConsumerOptions): Promise<Consumer> {
    return this.#keep(this.#transport.consumer(options));
  }

  reader(options?: ReaderOptions): Promise<Reader> {
    return this.#keep(this.#transport.reader(options));
  }

  producer(options?: ProducerOptions): Promise<Producer> {
    return this.#keep(this.#transport.producer(options));
  }

  admin(): Promise<Admin> {
    return this.#keep(this.#transport.admin());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened].map((client) => client.close()));
  }

  async #keep<Client extends { close(): Promise<void> }>(opening: Promise<Client>): Promise<Client> {
    const client = await opening;
    this.#opened.add(client);
    return client;
  }
}
