import type { Logger } from 'pino';
import { asError, LifecycleError, reason } from '../errors/index.js';
import type { Observers, RecoveringEvent } from '../observers/index.js';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import type { Cancel, Clock } from '../time/index.js';
import { askAdmin, type Batch, type LogEnds, type Reader, type Transport, untilAnswered } from '../transport/index.js';
import { ByteRate } from './byte-rate.js';

/** How often it is told how far it is. */
const tellMs = 1_000;
/** When it is told what a recovery waits for that gets nothing. */
const silentMs = 10_000;

/** A stretch of a changelog to be read. */
export interface Stretch extends TopicPartition {
  readonly from: number | 'earliest';
  /** The offset to stop before. */
  readonly to: number;
  /** Given its messages, in order; nothing is read while it takes its time. May throw or reject: the recovery is over then. */
  readonly take: (batch: Batch) => void | Promise<void>;
}

/** A stretch that is being read. */
class Reading implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly to: number;
  readonly take: Stretch['take'];
  position = -1;
  entries = 0;
  /** The last poll before it was added. */
  since = Number.POSITIVE_INFINITY;
  movedAt: number;
  resolve!: () => void;
  reject!: (error: Error) => void;
  readonly done: Promise<void>;

  constructor({ topic, partition, to, take }: Stretch, now: number) {
    this.topic = topic;
    this.partition = partition;
    this.to = to;
    this.take = take;
    this.movedAt = now;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.done.catch(() => undefined);
  }
}

export interface RecoveryParts {
  /** How much it reads in a second, of all changelogs together. @default Infinity */
  readonly bytesPerSecond?: number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
}

/**
 * Reads changelogs for whoever recovers, through one reader for all: partition groups recover side by side, and each begins as soon as its own are read. It is
 * read-committed: it waits until every transaction below the end is decided.
 */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #readings = new Map<string, Reading>();
  #reader: Promise<Reader> | undefined;
  #isPolling = false;
  #polls = 0;
  readonly #polling = new AbortController();
  #isClosed = false;
  #cancel: Cancel = () => {};
  readonly #rate: ByteRate;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#rate = new ByteRate(parts.clock, parts.bytesPerSecond ?? Number.POSITIVE_INFINITY);
  }

  /** How far logs go, asked of their brokers. Waits while none answers. */
  ends(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly LogEnds[]> {
    return this.whenAnswered(async () => (await this.#open()).ends(partitions), signal);
  }

  /** Asks again while no broker answers. @throws LifecycleError when the signal is aborted, or the recovery is closed */
  whenAnswered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, logger } = this.#parts;
    return untilAnswered(ask, clock, {
      refused: (error, isFirst) => {
        if (isFirst) logger.warn({ error: reason(error) }, 'recovery waits until a broker answers');
      },
      goesOn: () => {
        if (signal.aborted || this.#isClosed) throw new LifecycleError('the recovery was given up');
      },
    });
  }

  /** What tells topics from others of the same names that were deleted before; empty where the broker does not tell. */
  topicIds(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return this.whenAnswered(() => askAdmin(this.#parts.transport, (admin) => admin.topicIds(names)), signal);
  }

  /**
   * Resolves when the stretch is read to its end, beyond markers and what compaction took.
   * @returns how many messages it had
   * @throws LifecycleError when the signal is aborted; TransportError when the log cannot be read; whatever `take` throws
   */
  async read(stretch: Stretch, signal: AbortSignal): Promise<number> {
    const { topic, partition, from } = stretch;
    const reader = await this.whenAnswered(() => this.#open(), signal);
    if (signal.aborted) throw givenUp(stretch);
    const reading = new Reading(stretch, this.#parts.clock.now());
    const abort = () => reading.reject(givenUp(stretch));
    signal.addEventListener('abort', abort, { once: true });
    this.#readings.set(keyOf(stretch), reading);
    try {
      // An earlier reading of the same partition may have left messages on their way.
      await reader.remove([{ topic, partition }]);
      reading.since = this.#polls;
      await this.whenAnswered(() => reader.add([{ topic, partition, offset: from }]), signal);
      void this.#poll(reader);
      await reading.done;
      return reading.entries;
    } finally {
      signal.removeEventListener('abort', abort);
      // A later one of the same partition goes on.
      const isLast = this.#readings.get(keyOf(stretch)) === reading;
      if (isLast) this.#readings.delete(keyOf(stretch));
      if (isLast && !this.#isClosed) await reader.remove([{ topic, partition }]).catch(() => undefined);
    }
  }

  #open(): Promise<Reader> {
    if (this.#isClosed) return Promise.reject(new LifecycleError('the recovery is closed'));
    this.#reader ??= this.#parts.transport.reader().catch((error: unknown) => {
      this.#reader = undefined;
      throw error;
    });
    return this.#reader;
  }

  /** Polls while anything is read. */
  async #poll(reader: Reader): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#watch();
    try {
      while (this.#readings.size > 0 && !this.#isClosed) {
        const batches = await this.whenAnswered(() => reader.poll(), this.#polling.signal);
        const poll = ++this.#polls;
        for (const batch of batches) await this.#take(batch, poll);
        for (const reading of this.#readings.values()) this.#note(reading, reader.position(reading));
        // Whoever was read to the end takes its partition out meanwhile.
        await new Promise(setImmediate);
        await this.#rate.took(batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      }
    } catch (error) {
      for (const { reject } of this.#readings.values()) reject(asError(error));
    }
    this.#cancel();
    this.#isPolling = false;
    if (this.#readings.size > 0 && !this.#isClosed) void this.#poll(reader);
  }

  /** What was polled for an earlier reading of the same partition is not for a later one. */
  async #take(batch: Batch, poll: number): Promise<void> {
    const reading = this.#readings.get(keyOf(batch));
    if (reading === undefined || poll <= reading.since) return;
    reading.entries += batch.length;
    try {
      await reading.take(batch);
    } catch (error) {
      reading.reject(asError(error));
    }
  }

  #note(reading: Reading, position: number | undefined): void {
    if (position === undefined) return;
    if (position !== reading.position) reading.movedAt = this.#parts.clock.now();
    reading.position = position;
    if (position >= reading.to) reading.resolve();
  }

  /** What is being read, and how far it is. */
  get progress(): RecoveringEvent[] {
    const now = this.#parts.clock.now();
    return [...this.#readings.values()].map(({ topic, partition, position, to, entries, movedAt }) => {
      const stillMs = now - movedAt;
      const waitingFor = position === -1 ? 'broker' : 'transaction';
      return { topic, partition, position, end: to, entries, stillMs, ...(stillMs >= silentMs && { waitingFor }) };
    });
  }

  #watch(): void {
    const { clock, observers } = this.#parts;
    this.#cancel = clock.after(tellMs, () => {
      for (const event of this.progress) observers.tell('recovering', event);
      this.#watch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#polling.abort();
    this.#rate.end();
    this.#cancel();
    for (const reading of this.#readings.values()) reading.reject(givenUp(reading));
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.close();
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function givenUp(at: TopicPartition): LifecycleError {
  return new LifecycleError(`the recovery of ${formatPosition(at)} was given up`);
}
