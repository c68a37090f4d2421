import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Position, TopicPartition } from '../../positions/index.js';
import type { Consumer, ConsumerOptions } from '../consumer.js';
import type { Outgoing, Producer, ProducerOptions } from '../producer.js';
import type { ReaderOptions, StartPosition } from '../reader.js';
import type { Subscription } from '../subscription.js';
import type { Transport } from '../transport.js';
import { Follower } from './follower.fixture.js';
import { PollingConsumer, type PollingHooks } from './polling-consumer.fixture.js';

/** What not every broker can do, by the name that a `cannot` table uses. */
export type Ability =
  /** Topics are created with partitions and settings. */
  | 'create topics'
  /** A key of no bytes is told from no key. */
  | 'tell empty keys from none'
  /** A header without a value is told from one of no bytes. */
  | 'tell null headers from empty ones'
  /** Pattern subscriptions take in topics created later. */
  | 'take in later topics'
  /** What is not committed is hidden. */
  | 'hide open transactions'
  /** Offsets sent with a transaction are kept. */
  | 'keep offsets of transactions'
  /** An older producer with the same transactional id is fenced off. */
  | 'fence producers'
  /** `compact` runs the log cleaner. */
  | 'compact'
  /** `truncate` deletes the messages of a partition before an offset. */
  | 'delete records'
  /** `remove` deletes a topic. */
  | 'delete topics'
  /** It tells which groups have members, and deletes those without. */
  | 'administer groups'
  /** The client asks for the settings of topics. */
  | 'tell settings'
  /** `grow` adds partitions. */
  | 'add partitions';

/** A running broker. */
export interface ContractBroker {
  /** A new transport, closed by the suite. */
  transport(): Promise<Transport>;
  /** Compacts a topic now, and resolves when it is done. */
  compact?(topic: string): Promise<void>;
  /** Deletes the messages of a partition before an offset, and resolves when it is done. */
  truncate?(before: Position): Promise<void>;
  /** Deletes a topic, and resolves when it is done. */
  remove?(topic: string): Promise<void>;
  /** Adds partitions to a topic up to a number. */
  grow?(topic: string, partitions: number): Promise<void>;
  close(): Promise<void>;
}

/** A kind of broker that the contract is checked against. */
export interface ContractSubject {
  /** Starts a broker; once for the whole suite. */
  open(): Promise<ContractBroker>;
  /** What it cannot do, each with the reason. */
  readonly cannot?: Partial<Readonly<Record<Ability, string>>>;
  /** How long a test waits for what must happen. @default 30000 */
  readonly limitMs?: number;
}

/** How many partitions every topic of the contract has: those of the embedded broker. */
export const partitions = 4;

/** What one test works with. Everything opened here is closed after it. */
export class Bench {
  readonly #readers: PollingConsumer[] = [];
  readonly #waiting = new Set<() => void>();
  #transport: Promise<Transport> | undefined;

  constructor(
    readonly broker: ContractBroker,
    readonly limitMs: number,
    readonly canCreate: boolean,
  ) {}

  transport(): Promise<Transport> {
    this.#transport ??= this.broker.transport();
    return this.#transport;
  }

  async producer(options?: ProducerOptions): Promise<Producer> {
    return (await this.transport()).producer(options);
  }

  /** A producer whose transaction is open, with these values in partition 0. The broker has them. */
  async openTransaction(topic: string, values: readonly string[], key: string | null = null): Promise<Producer> {
    const producer = await this.producer({ transactionalId: this.name('id') });
    await producer.transactions!.begin();
    for (const value of values) producer.append(topic, key, value, 0);
    await producer.flush();
    return producer;
  }

  /** A consumer that has not subscribed; for a group of its own, unless told otherwise. */
  async consumer(options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
    return (await this.transport()).consumer({ group: this.name('group'), ...options });
  }

  /** A name that nobody has used. */
  name(kind: string): string {
    return `contract-${kind}-${randomUUID()}`;
  }

  /** A topic of four partitions with these messages in it. A topic without messages may not exist yet where topics cannot be created. */
  async topic(messages: readonly Omit<Outgoing, 'topic'>[] = [], config: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = this.name('topic');
    if (this.canCreate) {
      const admin = await (await this.transport()).admin();
      await admin.create([{ name, partitions, replicas: -1, config }]);
      await admin.close();
    }
    await this.write(name, messages);
    return name;
  }

  async write(topic: string, messages: readonly Omit<Outgoing, 'topic'>[]): Promise<readonly Position[]> {
    if (messages.length === 0) return [];
    const producer = await this.producer();
    const positions = await Promise.all(messages.map((message) => producer.send({ topic, ...message })));
    await producer.close();
    return positions;
  }

  /** Reads a topic without a group, from its first message on, unless told otherwise. */
  async read(topic: string, from: StartPosition['offset'] = 'earliest', options?: ReaderOptions): Promise<Follower> {
    const follower = await this.follow(options);
    await follower.add(...everyPartition(topic).map((at) => ({ ...at, offset: from })));
    return follower;
  }

  /** A reader, which reads nothing yet. */
  async follow(options?: ReaderOptions): Promise<Follower> {
    return new Follower(await (await this.transport()).reader(options), this.limitMs);
  }

  /** Reads as a member of a group. */
  async join(
    group: string,
    topics: Subscription,
    hooks: PollingHooks = {},
    options: Partial<ConsumerOptions> = {},
  ): Promise<PollingConsumer> {
    const consumer = await this.consumer({ group, ...options });
    const reader = new PollingConsumer(consumer, () => this.#tell(), hooks);
    await consumer.subscribe(topics, reader);
    this.#readers.push(reader);
    reader.start();
    return reader;
  }

  /** Resolves when a condition holds. Looked at after every poll and every change of an assignment. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited ${this.limitMs} ms until ${what}: ${this.#readers.map(String).join('; ')}`));
      }, this.limitMs);
      const look = () => {
        const error = this.#readers.find((reader) => reader.error !== undefined)?.error;
        if (error === undefined && !condition()) return;
        clearTimeout(limit);
        this.#waiting.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await (await this.#transport)?.close();
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export function everyPartition(topic: string): readonly TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
}

/** Messages with the values `from`, `from + 1`, … */
export function numbered(
  count: number,
  { from = 0, partition, key = null }: { from?: number; partition?: number; key?: string | null } = {},
) {
  return Array.from({ length: count }, (_, index) => ({ key, value: String(from + index), partition }));
}

export function range(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** Expects a promise to reject with a weir error of this code. */
export async function refused(promise: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const outcome = await promise.then(
    () => 'nothing was refused',
    (error: { readonly code?: string; readonly message?: string }) => error.code ?? error.message,
  );
  expect(codes).toContain(outcome);
}
