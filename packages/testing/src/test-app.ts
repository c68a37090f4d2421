import type {
  AppOptions,
  Duration,
  GroupedDefinition,
  Headers,
  LetterFilter,
  Message,
  Overrides,
  Position,
  Provider,
  ReadonlyTableDefinition,
  ScheduleDefinition,
  SetTableDefinition,
  Source,
  TableDefinition,
  TopicDefinition,
  WindowedTableDefinition,
} from '@weir/core';
import { mergeOptions, openLetters, Worker } from '@weir/core/internal/app';
import { decodeBytes } from '@weir/core/internal/codecs';
import { isJoinedTable, isSetTable, isWindowedTable, type LoggedDefinition, SourceTopics } from '@weir/core/internal/definitions';
import { discover } from '@weir/core/internal/discovery';
import { type Cause, causeOf, deadLetterTopic, originalTimestamp } from '@weir/core/internal/letters';
import type { Class } from '@weir/core/internal/metadata';
import { timeIn } from '@weir/core/internal/tables';
import { durationMs, VirtualClock } from '@weir/core/internal/time';
import { type BoundTopic, delayedTopic, delayedTopics, Topics } from '@weir/core/internal/topics';
import { groupOf } from '@weir/core/internal/topology';
import { MemoryBroker, type Outgoing, type Payload, type Producer, takesIn } from '@weir/core/internal/transport';
import { pino } from 'pino';
import {
  ChangelogSchedule,
  ChangelogSets,
  ChangelogTable,
  ChangelogWindows,
  CommittedJoin,
  type CommittedSchedule,
  type CommittedSetTable,
  type CommittedTable,
  type CommittedWindows,
} from './committed-table.js';
import { Settling } from './settling.js';
import type { StoreFaults } from './store-faults.js';
import { TestStores } from './test-stores.js';
import { TestWorker } from './test-worker.js';

/** What `TestApp.start` takes beside the class. */
export interface TestAppOptions {
  /** What differs from the declaration: options of the app, a logger, observers. */
  readonly overrides?: Partial<AppOptions> & Pick<Overrides, 'logger' | 'observers' | 'acceptReset'>;
  /** Taken instead of the app's own providers of the same identifiers: a fake for what talks to the outside. */
  readonly providers?: readonly Provider[];
  /** Partitions of topics that do not say. @default 1 */
  readonly partitions?: number;
  /** Where the clock stands. @default 2000-01-01T00:00:00Z */
  readonly start?: number | string | Date;
}

/** Handlers that the test itself holds back and that are not waited for. */
export interface Waiting {
  /** @default 0 */
  readonly running?: number;
}

/** How a worker is started again. */
export interface Restart {
  /** What becomes of its stores (`store: 'level://'`): they are there, or the disk is lost. @default 'kept' */
  readonly datadir?: 'kept' | 'lost';
  /** Other code of the app, as a deploy brings it, with the same id: that of all workers that start from now on. @default the same */
  readonly app?: Class;
}

/** A message in a topic, decoded by the topic's codecs; bytes where they cannot be decoded. */
export interface SentMessage<K, V> {
  readonly key: K | null;
  readonly value: V;
  readonly headers: Headers;
  readonly timestamp: number;
  readonly partition: number;
  readonly offset: number;
}

/** A message that was set aside: its original bytes, and why. */
export interface DeadLetter extends Cause {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** Of the original. */
  readonly timestamp: number;
}

/** What a test may give for a key or value: what the topic's codec takes, or bytes that go as they are. */
export type TestMessage<K, V> = Omit<Message<K, V>, 'key' | 'value'> & {
  readonly key?: Message<K, V>['key'] | Uint8Array;
  readonly value: Message<K, V>['value'] | Uint8Array;
};

/** An app on a broker and a clock of its own: the real worker, no Kafka, no waiting. */
export class TestApp {
  /** The broker: its `faults` make things go wrong. */
  readonly broker: MemoryBroker;
  readonly clock: VirtualClock;
  #appClass: Class;
  readonly #options: TestAppOptions;
  readonly #app: AppOptions;
  readonly #topics: Topics;
  readonly #sources: SourceTopics;
  readonly #producer: Producer;
  readonly #workers: TestWorker[] = [];
  readonly #settling: Settling;
  readonly #stores: TestStores;

  private constructor(appClass: Class, options: TestAppOptions, broker: MemoryBroker, clock: VirtualClock, producer: Producer) {
    this.#appClass = appClass;
    this.#options = options;
    this.broker = broker;
    this.clock = clock;
    this.#producer = producer;
    this.#app = mergeOptions(discover(appClass).app, {}, options.overrides);
    this.#sources = new SourceTopics(groupOf(this.#app));
    this.#topics = new Topics(this.#app.codec, clock, delayedTopic(this.#app.id));
    this.#topics.connect(producer);
    this.#stores = new TestStores(this.#app);
    this.#settling = new Settling(broker, clock, this.#workers, this.#stores);
  }

  /**
   * Starts an app as `weir worker` would, on a broker in memory.
   * @throws what `Worker.start` throws
   */
  static async start(appClass: Class, options: TestAppOptions = {}): Promise<TestApp> {
    const clock = new VirtualClock(options.start);
    const broker = new MemoryBroker({ clock, partitions: options.partitions ?? 1 });
    const app = new TestApp(appClass, options, broker, clock, await broker.transport().producer());
    await app.#startWorker();
    return app;
  }

  /** What can be made to go wrong with the stores of tables, where the app keeps them in some (`store: 'level://'`). */
  get storeFaults(): StoreFaults {
    return this.#stores.faults;
  }

  /** Writes messages as a stranger would, encoded by the topic's codecs; bytes go as they are. */
  async send<K, V>(
    topic: TopicDefinition<K, V>,
    messages: TestMessage<NoInfer<K>, NoInfer<V>> | readonly TestMessage<NoInfer<K>, NoInfer<V>>[],
  ): Promise<Position[]> {
    const bound = this.#topics.of(topic) as unknown as BoundTopic<unknown, unknown>;
    const list = Array.isArray(messages) ? (messages as readonly TestMessage<K, V>[]) : [messages as TestMessage<K, V>];
    return Promise.all(list.map((message) => this.#producer.send(encode(bound, message as TestMessage<unknown, unknown>))));
  }

  /**
   * Resolves when no message is waiting, no handler runs that does not wait for the clock, and what was produced is delivered; what is finished is then committed.
   * Rejects with the error that stopped a worker, and when handlers still run after some seconds.
   */
  settled({ running = 0 }: Waiting = {}): Promise<void> {
    return this.#settling.settled(running);
  }

  /** Moves the clock, firing what is due in order, and settles after each. */
  async advance(duration: Duration, { running = 0 }: Waiting = {}): Promise<void> {
    await this.#settling.advance(this.clock.now() + durationMs(duration, 'advance'), running);
  }

  /**
   * Every message now in a topic, whoever wrote it, in the order in which they were written: of a grouped one, of all topics that a pattern matches, of all
   * that are merged.
   */
  sent<K, V>(source: Source<K, V>): SentMessage<K, V>[] {
    const definitions = this.#sources.of(source);
    const definitionOf = (name: string) =>
      definitions.find(({ names }) => takesIn(names, name, [deadLetterTopic(this.#app.id), ...delayedTopics(this.#app.id)]));
    const names = this.broker.topics().filter((name) => definitionOf(name) !== undefined);
    return this.broker.messages(names).flatMap(({ topic, key, value, headers, timestamp, partition, offset }) => {
      const definition = definitionOf(topic) as TopicDefinition;
      const reads = this.#sources.readerOf(definition);
      if (reads !== undefined && timeIn(headers) !== undefined) return [];
      const { keyCodec, valueCodec } = this.#topics.of(definition);
      const parts = { key: decoded(keyCodec, key), value: decoded(valueCodec, value), headers: Object.fromEntries(headers) as Headers };
      const read = (reads === undefined ? parts.value : reads(parts)) as V;
      return [{ key: parts.key as K | null, value: read, headers: parts.headers, timestamp, partition, offset }];
    });
  }

  /** Every message that the app has set aside, in the order in which they were written. */
  deadLetters(): DeadLetter[] {
    return this.broker.messages(deadLetterTopic(this.#app.id)).flatMap(({ key, value, headers, timestamp }) => {
      const cause = causeOf(headers);
      if (cause === undefined) return [];
      return [{ ...cause, key, value, headers: Object.fromEntries(headers) as Headers, timestamp: originalTimestamp(headers, timestamp) }];
    });
  }

  /** Replays dead letters, as `weir dlq replay` would; those that were replayed before are left out. Resolves with how many when they are written. */
  async replay(filter: LetterFilter = {}): Promise<number> {
    const { clock } = this;
    const letters = await openLetters(this.#appClass, {
      ...this.#options.overrides,
      transport: this.broker.transport(),
      clock,
      environment: {},
    });
    try {
      return (await this.#settling.whileTurning(letters.replay(filter, { rate: 0 }))).replayed;
    } finally {
      await letters.close();
    }
  }

  /** A table as the last checkpoint left it: what is not committed does not show. */
  table<K, V, G>(definition: TableDefinition<K, V, G> | ReadonlyTableDefinition<K, V, G>): CommittedTable<K, G>;
  table<K, E>(definition: SetTableDefinition<K, E>): CommittedSetTable<K, E>;
  table<K, V, G>(definition: WindowedTableDefinition<K, V, G>): CommittedWindows<K, G>;
  table(definition: unknown): unknown {
    const group = groupOf(this.#app);
    if (isWindowedTable(definition)) return new ChangelogWindows(this.broker, definition, group, this.#topics);
    if (isSetTable(definition)) return new ChangelogSets(this.broker, definition, group, this.#topics);
    if (!isJoinedTable(definition)) return new ChangelogTable(this.broker, definition as LoggedDefinition, group, this.#topics);
    const [left, right] = [definition.left, definition.right].map((side) => this.table(side as ReadonlyTableDefinition));
    return new CommittedJoin(definition, left, right);
  }

  /** Durable timers as the last checkpoint left them. */
  schedule<K, V>(definition: ScheduleDefinition<K, V>): CommittedSchedule<K, V> {
    const unchecked = definition as unknown as ScheduleDefinition;
    return new ChangelogSchedule(this.broker, unchecked, groupOf(this.#app), this.#topics) as CommittedSchedule<K, V>;
  }

  /**
   * The watermark of a partition, whichever worker has it, in milliseconds since 1970: −∞ before its first event. Undefined where no windowed table goes by it, or
   * no worker has it.
   */
  watermark(topic: TopicDefinition<never, never> | TopicDefinition | GroupedDefinition | string, partition = 0): number | undefined {
    const name = typeof topic === 'string' ? topic : this.#sources.of(topic)[0].name;
    return this.#workers.map((worker) => worker.watermark({ topic: name, partition })).find((each) => each !== undefined);
  }

  /** The next offset that a restarted group would read; 0 when nothing is committed. */
  committed(topic: TopicDefinition<never, never> | TopicDefinition | GroupedDefinition | string, partition = 0): number {
    const name = typeof topic === 'string' ? topic : this.#sources.of(topic)[0].name;
    return Math.max(0, this.broker.committed(groupOf(this.#app), name, partition));
  }

  /** The first worker's instance of a class, or what its container has for an identifier. */
  get<T extends object>(declaring: Class<T>): T {
    return this.#first().get(declaring);
  }

  /** Drops the first worker on the spot, as `kill -9` would: nothing drained, nothing committed. */
  async crash(): Promise<void> {
    await this.#first().crash();
  }

  /** Starts a worker on what the broker has. One that still runs is stopped in order first. */
  async restart({ datadir = 'kept', app = this.#appClass }: Restart = {}): Promise<void> {
    if (this.#workers[0]?.isRunning) await this.#settling.whileTurning(this.#workers[0].stop());
    this.#workers.shift();
    this.#appClass = app;
    if (datadir === 'lost') this.#stores.lose();
    this.#workers.unshift(await this.#newWorker());
  }

  /** Adds another worker to the group. */
  async join(): Promise<TestWorker> {
    const worker = await this.#newWorker();
    this.#workers.push(worker);
    return worker;
  }

  /** Stops every worker in order. The clock is moved on when a handler does not come to an end. */
  async stop(): Promise<void> {
    for (const worker of this.#workers) if (worker.isRunning) await this.#settling.whileTurning(worker.stop());
    await this.#producer.close();
    this.#stores.remove();
  }

  async #startWorker(): Promise<void> {
    this.#workers.push(await this.#newWorker());
  }

  async #newWorker(): Promise<TestWorker> {
    const transport = this.broker.transport();
    const { overrides, providers } = this.#options;
    const logger = overrides?.logger ?? pino({ level: 'silent' });
    const stores = (group: string) => this.#stores.open(group);
    const settings = { ...overrides, logger, providers, transport, stores, clock: this.clock, environment: {} };
    return new TestWorker(await Worker.start(this.#appClass, settings), transport, this.#settling);
  }

  #first(): TestWorker {
    const [first] = this.#workers;
    if (first === undefined) throw new Error('no worker runs: call restart() first');
    return first;
  }
}

function encode(topic: BoundTopic<unknown, unknown>, message: TestMessage<unknown, unknown>): Outgoing {
  const { key, value } = message as { key: unknown; value: unknown };
  const encoded = topic.encode({ ...message, key: isBytes(key) ? null : key, value: isBytes(value) ? null : value } as Message<
    unknown,
    unknown
  >);
  return { ...encoded, key: isBytes(key) ? (key as Payload) : encoded.key, value: isBytes(value) ? (value as Payload) : encoded.value };
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function decoded(codec: BoundTopic<unknown, unknown>['valueCodec'], bytes: Buffer | null): unknown {
  if (bytes === null) return null;
  try {
    return decodeBytes(codec, bytes);
  } catch {
    return bytes;
  }
}
