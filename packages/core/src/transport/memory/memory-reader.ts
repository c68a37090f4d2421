import { LifecycleError, TransportError } from '../../errors/index.js';
import { formatPosition, type TopicPartition } from '../../positions/index.js';
import type { LogEnds, Reader, ReaderOptions, StartPosition } from '../reader.js';
import { macrotask, never } from './breather.js';
import type { Client, Cluster } from './cluster.js';
import type { Isolation, PartitionLog } from './logs/partition-log.js';
import { MemoryBatch } from './memory-batch.js';
import { Polls } from './polls.js';
import type { Waiting } from './waiting.js';

/** A partition that is read. */
interface Track {
  readonly log: PartitionLog;
  /** Undefined before the first poll of one that is read from its beginning. */
  position: number | undefined;
}

/** A reader of the in-memory broker. It gets nothing twice: `duplicate` is for members of groups. */
export class MemoryReader implements Reader, Client {
  readonly #cluster: Cluster;
  readonly #isolation: Isolation;
  readonly #maxPollMessages: number;
  readonly #tracks = new Map<string, Track>();
  readonly #polls: Polls;
  #state: 'open' | 'closed' | 'crashed' = 'open';
  #turn = 0;
  #error: TransportError | undefined;

  constructor(cluster: Cluster, { isolation = 'committed', maxPollMessages = 1000 }: ReaderOptions = {}) {
    this.#cluster = cluster;
    this.#polls = new Polls(cluster);
    this.#isolation = isolation;
    this.#maxPollMessages = maxPollMessages;
    cluster.clients.add(this);
  }

  /** Whether `poll` would wait. */
  get isCaughtUp(): boolean {
    return this.#ready().length === 0;
  }

  async add(positions: readonly StartPosition[]): Promise<void> {
    if (!this.#isUsable()) return never();
    this.#cluster.faults.checkUp();
    const starts = positions.map((at) => ({ at, log: this.#log(at) }));
    for (const { at, log } of starts) {
      const position = typeof at.offset === 'number' ? at.offset : at.offset === 'latest' ? log.end(this.#isolation) : undefined;
      this.#tracks.set(formatPosition(log), { log, position });
    }
    this.#cluster.activity.note();
    await macrotask();
  }

  async remove(partitions: readonly TopicPartition[]): Promise<void> {
    if (!this.#isUsable()) return never();
    for (const { topic, partition } of partitions) this.#tracks.delete(formatPosition({ topic, partition }));
    this.#cluster.activity.note();
    await macrotask();
  }

  async poll(): Promise<readonly MemoryBatch[]> {
    if (!this.#isUsable()) return never();
    return this.#polls.poll((waiting) => this.#next(waiting));
  }

  wake(): void {
    this.#polls.wake();
  }

  position({ topic, partition }: TopicPartition): number | undefined {
    return this.#tracks.get(formatPosition({ topic, partition }))?.position;
  }

  async ends(partitions: readonly TopicPartition[]): Promise<readonly LogEnds[]> {
    if (!this.#isUsable()) return never();
    this.#cluster.faults.checkUp();
    return partitions.map((at) => {
      const log = this.#log(at);
      return { low: log.low, stable: log.end('committed'), high: log.end('uncommitted') };
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#end('closed');
  }

  /** Drops it on the spot: whoever still waits for it waits for ever. */
  crash(): void {
    if (this.#state === 'open') this.#end('crashed');
  }

  fail(error: TransportError): void {
    this.#error = error;
    this.#polls.interrupt();
  }

  async #next(waiting: Waiting): Promise<readonly MemoryBatch[]> {
    while (this.#state === 'open') {
      const error = this.#error ?? this.#cluster.faults.pollError ?? this.#fault();
      if (error !== undefined) {
        // A loop that goes on polling does not starve the process.
        await macrotask();
        throw error;
      }
      const ready = this.#ready();
      if (ready.length > 0) return this.#collect(ready);
      if (waiting.isOver) return [];
      await waiting.next();
    }
    return this.#state === 'crashed' ? never() : [];
  }

  /** Those that can move on, with a message or without. */
  #ready(): readonly Track[] {
    const { faults } = this.#cluster;
    if (faults.isDown) return [];
    return [...this.#tracks.values()].filter(
      ({ log, position }) => !faults.isFrozen(log) && (position === undefined || position < log.end(this.#isolation)),
    );
  }

  /** A fair share of each, starting with another one every time. */
  #collect(ready: readonly Track[]): readonly MemoryBatch[] {
    const share = Math.max(1, Math.floor(this.#maxPollMessages / ready.length));
    const first = this.#turn++ % ready.length;
    const batches: MemoryBatch[] = [];
    for (let index = 0; index < Math.min(ready.length, this.#maxPollMessages); index++) {
      const track = ready[(first + index) % ready.length]!;
      const { entries, next } = track.log.read(track.position ?? track.log.low, share, this.#isolation);
      track.position = next;
      if (entries.length > 0) batches.push(new MemoryBatch(track.log, entries));
    }
    this.#cluster.activity.note();
    return batches;
  }

  /** Why one of the partitions cannot be read. */
  #fault(): TransportError | undefined {
    if (this.#cluster.faults.isDown) return undefined;
    for (const { log, position } of this.#tracks.values()) {
      const partition = { topic: log.topic, partition: log.partition };
      if (this.#cluster.topics.find(log) !== log)
        return new TransportError(`cannot read ${formatPosition(partition)} any more: its topic was deleted`, {
          ...{ code: 'TOPIC_MISSING', partition },
        });
      const high = log.end('uncommitted');
      if (position !== undefined && (position < log.low || position > high))
        return new TransportError(
          `cannot read ${formatPosition({ ...partition, offset: position })}: the log holds the offsets from ${log.low} to ${high}`,
          { code: 'OFFSET_OUT_OF_RANGE', partition },
        );
    }
    return undefined;
  }

  /** Reading creates no topic. */
  #log(at: TopicPartition): PartitionLog {
    const log = this.#cluster.topics.find(at);
    if (log !== undefined) return log;
    const partition = { topic: at.topic, partition: at.partition };
    throw new TransportError(`there is no partition ${formatPosition(partition)}`, { code: 'TOPIC_MISSING', partition });
  }

  #end(state: 'closed' | 'crashed'): void {
    this.#state = state;
    this.#tracks.clear();
    this.#cluster.clients.delete(this);
    this.#polls.interrupt();
    this.#cluster.activity.note();
  }

  /** Whether a call may be made; not when the client has crashed: then it never returns. @throws when the reader is closed */
  #isUsable(): boolean {
    if (this.#state === 'closed') throw new LifecycleError('the reader is closed');
    return this.#state === 'open';
  }
}
