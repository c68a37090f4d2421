// The clients of the native fast path, for loops by hand.
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';
import { Arrivals } from '../../kafka/arrivals.js';
import { type Consumer, called, disconnect, flush, type Producer, type Properties } from '../../kafka/clients.js';

interface Addon {
  take(client: number, messages: number, bytes: number): readonly unknown[] | null;
  give(
    client: number,
    topics: readonly string[],
    bytes: Buffer,
    columns: Int32Array,
    timestamps: Float64Array,
    count: number,
  ): boolean | null;
  given(client: number, ms: number): Promise<boolean>;
  reports(client: number): readonly unknown[];
}

interface Attached {
  readonly addon: Addon;
  readonly number: number;
}

/** Messages that are written one after another, and handed over in one call. */
interface Outbox {
  append(topic: string, partition: number, key: Buffer | string, value: Buffer | string, timestamp: number, id: number): boolean;
  handOver(): boolean;
}

export type Slices = Buffer & {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
  utf8Write(text: string, at: number): number;
};

/** Messages of a partition in one piece of memory. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  readonly isAscii: boolean;
  readonly offsets: Float64Array;
  /** Of each message three numbers: where its key begins, how long that is, how long the value behind it. */
  readonly places: Int32Array;
  readonly data: Slices;
}

export interface Offset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The most messages of a batch. */
export const batchMax = 1_000;
const bytesMax = 16 * 1_024 * 1_024;
const columnsOfRow = 7;
const timeoutMs = 30_000;
const queueFullMs = 2;

/** The pieces that @weir/kafka is made of; nobody else can import them. */
const pieces = new URL('../../../../packages/kafka/dist/', import.meta.url);
const { loadFastPath } = (await import(new URL('fast/native.js', pieces).href)) as { loadFastPath(): object };
const { attach } = (await import(new URL('fast/attach.js', pieces).href)) as {
  attach<C>(
    fastPath: object,
    hasReports: boolean,
    properties: Properties,
    make: (properties: Properties) => C,
  ): { readonly client: C; readonly attached?: Attached };
};
const { Outbox } = (await import(new URL('fast/outbox.js', pieces).href)) as {
  Outbox: new (attached: Attached) => Outbox;
};

const fastPath = loadFastPath();
if ('missing' in fastPath) throw new Error(`the fast path is not there: ${fastPath.missing}`);

async function open<C extends Consumer | Producer>(Client: unknown, hasReports: boolean, properties: Properties) {
  const { client, attached } = attach(fastPath, hasReports, properties, (each) => new (Client as new (given: Properties) => C)(each));
  await called((done) => (client as Consumer).connect({ allTopics: false, timeout: timeoutMs }, done));
  if (attached === undefined) throw new Error('the fast path does not serve this client');
  return { client, ...attached };
}

/** Reads topics as a member of a group. */
export class FastConsumer {
  readonly #arrivals: Arrivals;
  readonly #client: Consumer;
  readonly #attached: Attached;

  private constructor(arrivals: Arrivals, client: Consumer, attached: Attached) {
    this.#arrivals = arrivals;
    this.#client = client;
    this.#attached = attached;
  }

  static async open(brokers: string, group: string, topics: readonly string[], properties: Properties = {}): Promise<FastConsumer> {
    const arrivals = new Arrivals();
    const { client, addon, number } = await open<Consumer>(kafka.KafkaConsumer, false, {
      ...{ 'bootstrap.servers': brokers, ...properties, 'group.id': group, 'auto.offset.reset': 'earliest' },
      ...{ 'enable.auto.commit': false, 'enable.auto.offset.store': false, 'fetch.queue.backoff.ms': 1, 'queued.min.messages': 10_000 },
      queue_non_empty_cb: arrivals.raise,
    });
    client.subscribe([...topics]);
    return new FastConsumer(arrivals, client, { addon, number });
  }

  /** What has come; where there is nothing, waits until something may have. */
  async take(waitMs: number): Promise<Batch[]> {
    this.#arrivals.lower();
    await new Promise(setImmediate);
    const row = this.#attached.addon.take(this.#attached.number, batchMax, bytesMax) ?? [];
    if (row.length === 0) await this.#arrivals.wait(waitMs);
    const batches: Batch[] = [];
    for (let at = 0; at < row.length; at += columnsOfRow) batches.push(batchOf(row, at));
    return batches;
  }

  /** Ends the waiting. */
  wake(): void {
    this.#arrivals.raise();
  }

  commit(offsets: readonly Offset[]): void {
    this.#client.commit([...offsets]);
  }

  async close(): Promise<void> {
    await disconnect(this.#client);
  }
}

function batchOf(row: readonly unknown[], at: number): Batch {
  const [topic, partition, length, isAscii] = [row[at] as string, row[at + 1] as number, row[at + 2] as number, row[at + 4] as boolean];
  const memory = row[at + 6] as ArrayBuffer;
  return {
    ...{ topic, partition, length, isAscii },
    offsets: new Float64Array(memory, 0, length),
    places: new Int32Array(memory, 16 * length, 3 * length),
    data: Buffer.from(memory, 28 * length) as Slices,
  };
}

/** Writes to topics. A message that is not taken, or not delivered, is the end of the program. */
export class FastProducer {
  readonly #client: Producer;
  readonly #attached: Attached;
  readonly #outbox: Outbox;

  private constructor(client: Producer, attached: Attached) {
    this.#client = client;
    this.#attached = attached;
    this.#outbox = new Outbox(attached);
  }

  static async open(brokers: string, properties: Properties = {}): Promise<FastProducer> {
    const { client, addon, number } = await open<Producer>(kafka.Producer, true, {
      ...{ 'bootstrap.servers': brokers, ...properties, partitioner: 'murmur2_random', 'linger.ms': 5, 'enable.idempotence': true },
      ...{ 'queue.buffering.max.messages': 500_000, 'delivery.report.only.error': true },
    });
    client.setPollInBackground(true);
    return new FastProducer(client, { addon, number });
  }

  /** @param partition −1 where the key decides @returns false when there is no room: hand over first */
  append(topic: string, partition: number, key: Buffer | string, value: Buffer | string): boolean {
    return this.#outbox.append(topic, partition, key, value, 0, 0);
  }

  /** Gives messages that somebody else has written. @param columns as `native/src/give.h` has them */
  async give(topics: readonly string[], bytes: Buffer, columns: Int32Array, timestamps: Float64Array, length: number): Promise<void> {
    const { addon, number } = this.#attached;
    while (addon.give(number, topics, bytes, columns, timestamps, length) === false) await sleep(queueFullMs);
  }

  /** Gives everything to the addon, and waits while too much is on its way. */
  async handOver(): Promise<void> {
    while (!this.#outbox.handOver()) await sleep(queueFullMs);
  }

  /** Resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    const { addon, number } = this.#attached;
    await this.handOver();
    while (!(await addon.given(number, timeoutMs)));
    await flush(this.#client);
    if (addon.reports(number).length > 0) throw new Error('a message was not delivered');
  }

  async close(): Promise<void> {
    await disconnect(this.#client);
  }
}

/** How far each partition has come since the last commit. */
export class Offsets {
  readonly #next = new Map<string, (number | undefined)[]>();

  add({ topic, partition, offsets, length }: Batch): void {
    const next = this.#next.get(topic) ?? [];
    this.#next.set(topic, next);
    next[partition] = offsets[length - 1] + 1;
  }

  take(): Offset[] {
    const taken = [...this.#next].flatMap(([topic, ends]) =>
      ends.flatMap((offset, partition) => (offset === undefined ? [] : [{ topic, partition, offset }])),
    );
    this.#next.clear();
    return taken;
  }
}
