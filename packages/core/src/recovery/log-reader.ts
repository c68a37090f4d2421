import { asError, TransportError } from '../errors/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { Batch, LogEnds, Reader } from '../transport/index.js';
import type { ByteRate } from './byte-rate.js';
import type { Reading } from './stretch.js';

export interface LogReaderParts {
  readonly clock: Clock;
  /** How much is read of what has not come to its end. */
  readonly rate: ByteRate;
  /** Resolves when it may read on. */
  readonly turn: () => Promise<void>;
  /** Asks again while no broker answers. */
  readonly whenAnswered: <T>(ask: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/** Reads stretches side by side through one reader; of a partition one at a time. */
export class LogReader {
  readonly #reader: Reader;
  readonly #parts: LogReaderParts;
  readonly #readings = new Map<string, Reading>();
  #isPolling = false;
  #polls = 0;
  readonly #closing = new AbortController();

  constructor(reader: Reader, parts: LogReaderParts) {
    this.#reader = reader;
    this.#parts = parts;
  }

  ends(partitions: readonly TopicPartition[]): Promise<readonly LogEnds[]> {
    return this.#reader.ends(partitions);
  }

  /** Whether it has room for another stretch of a partition. */
  isFreeFor(at: TopicPartition): boolean {
    return !this.#readings.has(keyOf(at));
  }

  /** Its partition is taken from this turn on. */
  enter(reading: Reading): void {
    this.#readings.set(keyOf(reading), reading);
  }

  /** Its partition is free for another one from this turn on. */
  leave(reading: Reading): void {
    if (this.#readings.get(keyOf(reading)) === reading) this.#readings.delete(keyOf(reading));
  }

  /** Begins to read one that has entered. */
  async begin(reading: Reading, signal: AbortSignal): Promise<void> {
    const { topic, partition, from } = reading;
    // An earlier reading of the same partition may have left messages on their way.
    await this.#reader.remove([{ topic, partition }]);
    reading.since = this.#polls;
    await this.#parts.whenAnswered(() => this.#reader.add([{ topic, partition, offset: from }]), signal);
    // There may be nothing to wait for.
    if (typeof from === 'number' || reading.to === 0) reading.reached(from === 'earliest' ? 0 : from, this.#parts.clock.now());
    void this.#poll();
  }

  async end(reading: Reading): Promise<void> {
    this.leave(reading);
    const { topic, partition } = reading;
    // A later one of the same partition goes on.
    if (this.#closing.signal.aborted || !this.isFreeFor(reading)) return;
    await this.#reader.remove([{ topic, partition }]).catch(() => undefined);
  }

  /** Polls while anything is read. */
  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      while (this.#goesOn) {
        await this.#parts.turn();
        const batches = await this.#parts.whenAnswered(() => this.#reader.poll(), this.#closing.signal);
        const poll = ++this.#polls;
        const recovered = batches.filter((batch) => this.#readings.get(keyOf(batch))?.isThere === false);
        for (const batch of batches) await this.#take(batch, poll);
        for (const reading of this.#readings.values()) this.#note(reading, poll);
        // Whoever was read to the end takes its partition out meanwhile.
        await new Promise(setImmediate);
        // What is only followed waits for nobody.
        if (recovered.length > 0) await this.#parts.rate.took(recovered.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#fail(asError(error));
    }
    this.#isPolling = false;
    if (this.#goesOn) void this.#poll();
  }

  get #goesOn(): boolean {
    return this.#readings.size > 0 && !this.#closing.signal.aborted;
  }

  /** A partition that cannot be read keeps the others waiting until it is taken out. */
  async #fail(error: Error): Promise<void> {
    const at = error instanceof TransportError ? error.partition : undefined;
    const failed = [...this.#readings.values()].filter((each) => at === undefined || keyOf(each) === keyOf(at));
    for (const reading of failed) reading.fail(error);
    await Promise.all(failed.map((reading) => this.end(reading)));
    if (at !== undefined && failed.length === 0) await this.#reader.remove([at]).catch(() => undefined);
  }

  /** What was polled for an earlier reading of the same partition is not for a later one. */
  async #take(batch: Batch, poll: number): Promise<void> {
    const reading = this.#readings.get(keyOf(batch));
    if (reading === undefined || poll <= reading.since) return;
    reading.entries += batch.length;
    try {
      await reading.take(batch);
    } catch (error) {
      reading.fail(asError(error));
      await this.end(reading);
    }
  }

  #note(reading: Reading, poll: number): void {
    const position = this.#reader.position(reading);
    if (position !== undefined && poll > reading.since) reading.reached(position, this.#parts.clock.now());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reader.close();
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
