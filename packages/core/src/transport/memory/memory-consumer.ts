import { LifecycleError, TransportError } from '../../errors/index.js';
import { formatPosition, type Position, type TopicPartition } from '../../positions/index.js';
import type { AssignmentListener, Consumer, ConsumerOptions, GroupPosition, Watermarks } from '../consumer.js';
import type { Subscription } from '../subscription.js';
import { TopicSets } from '../topic-sets.js';
import { macrotask, never } from './breather.js';
import type { Client, Cluster } from './cluster.js';
import type { Group, GroupOffset } from './groups/group.js';
import { MemoryMembership } from './groups/membership.js';
import { Fetches } from './logs/fetches.js';
import type { PartitionLog } from './logs/partition-log.js';
import type { MemoryBatch } from './memory-batch.js';
import { Polls } from './polls.js';
import type { Waiting } from './waiting.js';

/** A consumer of the in-memory broker. */
export class MemoryConsumer implements Consumer, Client {
  readonly group: Group;
  readonly #cluster: Cluster;
  readonly #maxPollMessages: number;
  readonly #fetches: Fetches;
  readonly #membership: MemoryMembership;
  readonly #polls: Polls;
  #state: 'open' | 'closing' | 'closed' | 'crashed' = 'open';
  #error: TransportError | undefined;
  #closing: Promise<void> | undefined;

  constructor(cluster: Cluster, { group, startAt = 'earliest', internal, member, sets, maxPollMessages = 1000 }: ConsumerOptions) {
    this.#cluster = cluster;
    this.#polls = new Polls(cluster);
    this.#maxPollMessages = maxPollMessages;
    this.#fetches = new Fetches({ startAt, isServed: (log) => !cluster.faults.isDown && !cluster.faults.isFrozen(log) });
    this.group = cluster.group(group);
    this.#membership = new MemoryMembership({
      ...{ group: this.group, fetches: this.#fetches, instance: member, sets: new TopicSets(sets), internal, topics: cluster.topics },
      failed: (error) => this.#break(error),
    });
    cluster.clients.add(this);
  }

  /** Messages that `poll` could give now. */
  get pending(): number {
    return this.#fetches.pending();
  }

  /** Whether `poll` would wait. */
  get isCaughtUp(): boolean {
    return this.#fetches.isEmpty();
  }

  async subscribe(topics: Subscription, listener: AssignmentListener): Promise<void> {
    if (!this.#isUsable()) return never();
    for (const topic of topics) if (typeof topic === 'string') this.#cluster.topics.ensure(topic);
    this.#membership.subscribe(topics, listener);
  }

  async poll(): Promise<readonly MemoryBatch[]> {
    if (this.#state === 'crashed') return never();
    if (this.#state === 'closed') throw new LifecycleError('the consumer is closed');
    return this.#polls.poll((waiting) => this.#next(waiting));
  }

  wake(): void {
    this.#polls.wake();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const log of this.#read(partitions)) this.#fetches.pause(log, true);
    this.#cluster.activity.note();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const log of this.#read(partitions)) this.#fetches.pause(log, false);
    this.#cluster.activity.note();
  }

  async seek(positions: readonly Position[]): Promise<void> {
    if (!this.#isUsable({ whileDown: true })) return never();
    for (const at of positions) {
      if (this.#held(at) !== undefined) continue;
      throw new TransportError(`cannot go to ${formatPosition(at)}: the partition is not assigned to this consumer`, {
        code: 'PARTITION_NOT_OWNED',
      });
    }
    const logs = this.#read(positions);
    positions.forEach(({ offset }, index) => {
      this.#fetches.seek(logs[index]!, offset);
    });
    this.#cluster.activity.note();
    await macrotask();
  }

  async commit(offsets: readonly GroupPosition[]): Promise<void> {
    if (!this.#isUsable({ whileClosing: true })) return never();
    const checked = this.claim(offsets);
    this.#cluster.faults.checkCommit();
    this.group.store(checked);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]> {
    if (!this.#isUsable({ whileClosing: true })) return never();
    return partitions.map(({ topic, partition }) => {
      const log = this.#cluster.topics.find({ topic, partition });
      const [position] = (log && this.group.positions([log])) ?? [];
      return position ?? { topic, partition, offset: -1 };
    });
  }

  async watermarks(partition: TopicPartition): Promise<Watermarks> {
    if (!this.#isUsable({ whileClosing: true })) return never();
    const log = this.#cluster.topics.log(partition);
    return { low: log.low, high: log.end('committed') };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Drops it on the spot: nobody is told, nothing is handed over, and whoever still waits for it waits for ever. */
  crash(): void {
    if (this.#state === 'closed') return;
    this.#state = 'crashed';
    this.#closing = Promise.resolve();
    this.#membership.crash();
    this.#forget();
  }

  repeat(messages: number): void {
    this.#fetches.repeat(messages);
  }

  fail(error: TransportError): void {
    this.#membership.fail(error);
  }

  /** The offsets with the partitions they are for, when this consumer may commit them. */
  claim(offsets: readonly GroupPosition[]): readonly GroupOffset[] {
    const logs = this.group.check(this.#membership.hasSubscribed ? this.#membership : undefined, offsets);
    return logs.map((log, index) => ({ log, offset: offsets[index]!.offset, metadata: offsets[index]!.metadata }));
  }

  async #next(waiting: Waiting): Promise<readonly MemoryBatch[]> {
    while (true) {
      if (this.#isCrashed()) return await never();
      const error = this.#error ?? this.#cluster.faults.pollError;
      if (error !== undefined) throw await this.#slowly(error);
      if (this.#state !== 'open') return await this.#slowly([]);
      const batches = this.#fetches.collect(this.#maxPollMessages);
      if (batches.length > 0) this.#cluster.activity.note();
      if (batches.length > 0 || waiting.isOver) return batches;
      await waiting.next();
    }
  }

  /** An answer after a breath, so that a loop that goes on polling does not starve the process. */
  async #slowly<Answer>(answer: Answer): Promise<Answer> {
    await macrotask();
    return answer;
  }

  async #close(): Promise<void> {
    if (this.#state === 'crashed') return;
    this.#state = 'closing';
    this.#polls.interrupt();
    await this.#membership.leave();
    this.#state = 'closed';
    this.#forget();
  }

  #break(error: TransportError): void {
    this.#error = error;
    for (const log of this.#fetches.logs) this.#fetches.remove(log);
    this.#polls.interrupt();
  }

  #forget(): void {
    for (const log of this.#fetches.logs) this.#fetches.remove(log);
    this.#cluster.clients.delete(this);
    this.#polls.interrupt();
    this.#cluster.activity.note();
  }

  #read(partitions: readonly TopicPartition[]): readonly PartitionLog[] {
    return partitions.map((at) => this.#held(at)).filter((log) => log !== undefined);
  }

  /** That of a topic that was deleted stays ours until it is handed over. */
  #held(at: TopicPartition): PartitionLog | undefined {
    const log = this.#cluster.topics.find(at);
    if (this.#fetches.has(log)) return log;
    return this.#fetches.logs.find(({ topic, partition }) => topic === at.topic && partition === at.partition);
  }

  #isCrashed(): boolean {
    return this.#state === 'crashed';
  }

  /** Whether a call may be made; not when the client has crashed: then it never returns. @throws when the consumer is closed or the broker down */
  #isUsable({ whileClosing = false, whileDown = false } = {}): boolean {
    if (this.#isCrashed()) return false;
    if (this.#state === 'closed' || (this.#state === 'closing' && !whileClosing)) throw new LifecycleError('the consumer is closed');
    if (!whileDown) this.#cluster.faults.checkUp();
    return true;
  }
}
