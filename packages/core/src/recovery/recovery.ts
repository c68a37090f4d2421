import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { LifecycleError, reason, TransportError } from '../errors/index.js';
import { Observers, type RecoveringEvent } from '../observers/index.js';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import type { Cancel, Clock } from '../time/index.js';
import { askAdmin, type LogEnds, type Transport, untilAnswered } from '../transport/index.js';
import { ByteRate } from './byte-rate.js';
import { LogReader } from './log-reader.js';
import { type FollowedStretch, Reading, type Stretch } from './stretch.js';

/** How often it is told how far it is. */
const tellMs = 1_000;
/** For how long not every broker of a cluster may know of a topic that was created. */
const spreadsMs = 5_000;
/** When it is told what a recovery waits for that gets nothing. */
const silentMs = 10_000;

export interface RecoveryParts {
  /** How much it reads in a second, of all changelogs together. @default Infinity */
  readonly bytesPerSecond?: number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
  /** It reads nothing while this one recovers. */
  readonly yieldsTo?: Pick<Recovery, 'idle'>;
}

/**
 * Reads changelogs for whoever recovers, through one reader for all: partition groups recover side by side, and each begins as soon as its own are read. It is
 * read-committed: it waits until every transaction below the end is decided. Logs that others write are followed beyond their ends. A partition that several
 * read has a reader for each of them.
 */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #readers: LogReader[] = [];
  #opening: Promise<LogReader> | undefined;
  /** Those that have not come to their ends. */
  readonly #recovering = new Set<Reading>();
  #isWatching = false;
  #isClosed = false;
  #cancel: Cancel = () => {};
  readonly #rate: ByteRate;
  /** Questions after topics that are not answered. */
  readonly #asking = new Map<string, Promise<ReadonlyMap<string, string>>>();
  #behind: Recovery | undefined;
  #idle: () => void = () => undefined;
  #untilIdle: Promise<void> | undefined;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#rate = new ByteRate(parts.clock, parts.bytesPerSecond ?? Number.POSITIVE_INFINITY);
  }

  /** One that waits while this one recovers, and tells nobody how far it is. It is closed with this one. */
  get behind(): Recovery {
    const { logger } = this.#parts;
    this.#behind ??= new Recovery({ ...this.#parts, observers: new Observers([], logger), yieldsTo: this });
    return this.#behind;
  }

  /** Resolves when nothing has to come to its end. What is only followed does not. */
  async idle(): Promise<void> {
    while (this.#recovering.size > 0) {
      this.#untilIdle ??= new Promise((resolve) => {
        this.#idle = resolve;
      });
      await this.#untilIdle;
    }
  }

  /** How far logs go, asked of their brokers. Waits while none answers, and for some seconds where it does not know a topic. */
  async ends(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly LogEnds[]> {
    const { clock } = this.#parts;
    for (const until = clock.now() + spreadsMs; ; await clock.sleep(spreadsMs / 10)) {
      try {
        return await this.whenAnswered(async () => (this.#readers[0] ?? (await this.#open())).ends(partitions), signal);
      } catch (error) {
        const isMissing = error instanceof TransportError && error.code === 'TOPIC_MISSING';
        if (!isMissing || clock.now() >= until || signal.aborted || this.#isClosed) throw error;
      }
    }
  }

  /** Asks again while no broker answers. @throws LifecycleError when the signal is aborted, or the recovery is closed */
  readonly whenAnswered = <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const { clock, logger } = this.#parts;
    return untilAnswered(ask, clock, {
      refused: (error, isFirst) => {
        if (isFirst) logger.warn({ error: reason(error) }, 'recovery waits until a broker answers');
      },
      goesOn: () => {
        if (signal.aborted || this.#isClosed) throw new LifecycleError('the recovery was given up');
      },
    });
  };

  /** What tells topics from others of the same names that were deleted before; empty where the broker does not tell. Groups that ask together ask once. */
  topicIds(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return this.whenAnswered(() => {
      const name = names.join();
      const asked = this.#asking.get(name) ?? askAdmin(this.#parts.transport, (admin) => admin.topicIds(names));
      this.#asking.set(name, asked);
      const answered = () => this.#asking.delete(name);
      asked.then(answered, answered);
      return asked;
    }, signal);
  }

  /** How many partitions a topic has; 0 where it does not exist. */
  async partitionsOf(topic: string, signal: AbortSignal): Promise<number> {
    const [found] = await this.whenAnswered(() => askAdmin(this.#parts.transport, (admin) => admin.describe([topic])), signal);
    return found?.partitions ?? 0;
  }

  /**
   * Resolves when the stretch is read to its end, beyond markers and what compaction took.
   * @returns how many messages it had
   * @throws LifecycleError when the signal is aborted; TransportError when the log cannot be read; whatever `take` throws
   */
  read(stretch: Stretch, signal: AbortSignal): Promise<number> {
    return this.#run(new Reading(stretch, this.#parts.clock.now()), signal);
  }

  /**
   * The same, and goes on with what comes after the end until the signal is aborted.
   * @throws as `read`; what happens after the end is told
   */
  follow(stretch: FollowedStretch, signal: AbortSignal): Promise<number> {
    return this.#run(new Reading(stretch, this.#parts.clock.now()), signal);
  }

  async #run(reading: Reading, signal: AbortSignal): Promise<number> {
    const reader = await this.whenAnswered(() => this.#readerFor(reading), signal);
    const giveUp = () => {
      reader.leave(reading);
      reading.giveUp(givenUp(reading));
      if (reading.isThere) void reader.end(reading);
    };
    // One for each log that is read, and there may be many.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#recovering.add(reading);
    this.#watch();
    let isThere = false;
    try {
      if (signal.aborted) throw givenUp(reading);
      await reader.begin(reading, signal);
      await reading.done;
      isThere = true;
      return reading.entries;
    } finally {
      this.#recovering.delete(reading);
      if (this.#recovering.size === 0) this.#rest();
      if (!isThere || !reading.isFollowed) {
        signal.removeEventListener('abort', giveUp);
        await reader.end(reading);
      }
    }
  }

  /** One that the reading has entered. */
  async #readerFor(reading: Reading): Promise<LogReader> {
    const found = this.#readers.find((reader) => reader.isFreeFor(reading)) ?? (await this.#open());
    if (this.#isClosed) throw closed();
    // Another one may have come first while it was opened.
    if (!found.isFreeFor(reading)) return this.#readerFor(reading);
    found.enter(reading);
    return found;
  }

  /** Another reader, one at a time. */
  #open(): Promise<LogReader> {
    if (this.#isClosed) return Promise.reject(closed());
    this.#opening ??= this.#parts.transport
      .reader()
      .then((reader) => {
        const { clock, yieldsTo } = this.#parts;
        const turn = async () => yieldsTo?.idle();
        const opened = new LogReader(reader, { clock, rate: this.#rate, turn, whenAnswered: this.whenAnswered });
        this.#readers.push(opened);
        return opened;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /** What is being read, and how far it is. What is only followed is not among it. */
  get progress(): RecoveringEvent[] {
    const now = this.#parts.clock.now();
    return [...this.#recovering].map(({ topic, partition, position, to, entries, movedAt }) => {
      const stillMs = now - movedAt;
      const waitingFor = position === -1 ? 'broker' : 'transaction';
      return { topic, partition, position, end: to, entries, stillMs, ...(stillMs >= silentMs && { waitingFor }) };
    });
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock, observers } = this.#parts;
    this.#cancel = clock.after(tellMs, () => {
      this.#isWatching = false;
      for (const event of this.progress) observers.tell('recovering', event);
      if (this.#recovering.size > 0) this.#watch();
    });
  }

  #rest(): void {
    this.#isWatching = false;
    this.#cancel();
    this.#untilIdle = undefined;
    this.#idle();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rate.end();
    this.#rest();
    for (const reading of this.#recovering) reading.giveUp(givenUp(reading));
    await this.#behind?.close();
    await this.#opening?.catch(() => undefined);
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }
}

function closed(): LifecycleError {
  return new LifecycleError('the recovery is closed');
}

function givenUp(at: TopicPartition): LifecycleError {
  return new LifecycleError(`the recovery of ${formatPosition({ topic: at.topic, partition: at.partition })} was given up`);
}
