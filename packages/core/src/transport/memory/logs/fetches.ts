import type { TopicPartition } from '../../../positions/index.js';
import { MemoryBatch } from '../memory-batch.js';
import type { Entry, PartitionLog } from './partition-log.js';

/** How far a partition is read, and whether it is read now. */
interface Fetch {
  position: number;
  isReady: boolean;
  isPaused: boolean;
}

/** What a consumer reads by. */
export interface FetchOptions {
  readonly startAt: 'earliest' | 'latest';
  readonly isServed: (log: PartitionLog) => boolean;
}

/** How many of the messages that were delivered last can be delivered again. */
const remembered = 10_000;

/** The partitions that one consumer reads, and how far it is in each. */
export class Fetches {
  readonly #options: FetchOptions;
  readonly #fetches = new Map<PartitionLog, Fetch>();
  #delivered: { readonly log: PartitionLog; readonly entries: readonly Entry[] }[] = [];
  #turn = 0;

  constructor(options: FetchOptions) {
    this.#options = options;
  }

  get logs(): readonly PartitionLog[] {
    return [...this.#fetches.keys()];
  }

  has(log: PartitionLog | undefined): log is PartitionLog {
    return log !== undefined && this.#fetches.has(log);
  }

  /** Adds a partition. Nothing of it is read before `release`. */
  add(log: PartitionLog, position: number | undefined): void {
    this.#fetches.set(log, { position: position ?? this.#start(log), isReady: false, isPaused: false });
  }

  remove(log: PartitionLog): void {
    this.#fetches.delete(log);
  }

  /** Reads another partition on as one before. */
  replace(log: PartitionLog, by: PartitionLog): void {
    const fetch = this.#fetches.get(log);
    this.#fetches.delete(log);
    if (fetch !== undefined) this.#fetches.set(by, fetch);
  }

  /** No message of a partition comes from now on, until `release`. */
  hold(log: PartitionLog): void {
    this.#change(log, { isReady: false });
  }

  release(log: PartitionLog): void {
    this.#change(log, { isReady: true });
  }

  pause(log: PartitionLog, isPaused: boolean): void {
    this.#change(log, { isPaused });
  }

  seek(log: PartitionLog, position: number): void {
    this.#change(log, { position });
  }

  /** The next messages, a fair share of each partition, starting with another partition every time. */
  collect(max: number): readonly MemoryBatch[] {
    const ready = this.#readable().filter(([log, fetch]) => this.#hasMore(log, fetch));
    if (ready.length === 0) return [];
    const share = Math.max(1, Math.floor(max / ready.length));
    const first = this.#turn++ % ready.length;
    const batches: MemoryBatch[] = [];
    for (let index = 0; index < Math.min(ready.length, max); index++) {
      const [log, fetch] = ready[(first + index) % ready.length]!;
      const { entries, next } = log.read(fetch.position, share, 'committed');
      fetch.position = next;
      if (entries.length === 0) continue;
      this.#delivered.push({ log, entries });
      batches.push(new MemoryBatch(log, entries));
    }
    this.#forget();
    return batches;
  }

  /** How many messages could be read now. */
  pending(): number {
    return this.#readable().reduce((sum, [log, { position }]) => sum + log.count(position, 'committed'), 0);
  }

  isEmpty(): boolean {
    return this.#readable().every(([log, fetch]) => !this.#hasMore(log, fetch));
  }

  /** Goes back so that the messages delivered last, so many of them, come again. */
  repeat(messages: number): void {
    let left = messages;
    while (left > 0 && this.#delivered.length > 0) {
      const { log, entries } = this.#delivered.pop()!;
      const again = entries.slice(Math.max(0, entries.length - left));
      left -= again.length;
      const fetch = this.#fetches.get(log);
      if (fetch !== undefined) fetch.position = Math.min(fetch.position, again[0]!.offset);
    }
  }

  /** Where a partition without an offset starts. */
  #start(log: PartitionLog): number {
    return this.#options.startAt === 'earliest' ? log.low : log.end('committed');
  }

  #readable(): [PartitionLog, Fetch][] {
    return [...this.#fetches].filter(([log, { isReady, isPaused }]) => isReady && !isPaused && this.#options.isServed(log));
  }

  /** Whether there is something to read. An offset that the log does not have any more, or not yet, starts anew, as Kafka's `auto.offset.reset`. */
  #hasMore(log: PartitionLog, fetch: Fetch): boolean {
    if (fetch.position < log.low || fetch.position > log.end('uncommitted')) fetch.position = this.#start(log);
    return log.hasMore(fetch.position, 'committed');
  }

  #change(log: PartitionLog, change: Partial<Fetch>): void {
    const fetch = this.#fetches.get(log);
    if (fetch !== undefined) Object.assign(fetch, change);
  }

  #forget(): void {
    let kept = 0;
    const from = this.#delivered.findLastIndex(({ entries }) => {
      kept += entries.length;
      return kept > remembered;
    });
    if (from > 0) this.#delivered = this.#delivered.slice(from);
  }
}

/** Only what a port's caller shall see of a partition. */
export function named({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}
