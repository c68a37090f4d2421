import { type Attempt, currentExecution, type Execution } from '../attempts/index.js';
import type { Codec } from '../codecs/index.js';
import { StateError } from '../errors/index.js';
import { encode } from '../topics/index.js';
import { partitionFor } from '../transport/index.js';
import type { GroupTables } from './group-tables.js';
import type { Shard } from './shard.js';

/** What is known of the topics that feed a table, once the worker knows them. */
export interface Feeds {
  readonly topics: readonly string[];
  /** How many partitions each of them has. */
  readonly partitions: number;
  /** Says where a key lies: that of the first. */
  readonly keyCodec: Codec<unknown>;
  /** How the values of one of them are read. */
  readonly valueCodec: (topic: string) => Codec<unknown>;
}

/** A shard that is ours, and its group. */
export interface Part {
  readonly group: GroupTables;
  readonly shard: Shard;
}

/** The shards of one table that a worker has, and which of them calling code means. */
export class LocalShards {
  readonly #table: { readonly name: string; readonly placement: 'key' | 'event' };
  /** By partition number. */
  readonly #parts = new Map<number, Part>();
  /** The lane whose code called last, and its part: mostly it is the same again. */
  #lastLane: object | undefined;
  #lastPart!: Part;
  #feeds: Feeds | undefined;

  constructor(table: { readonly name: string; readonly placement: 'key' | 'event' }) {
    this.#table = table;
  }

  connect(feeds: Feeds): void {
    this.#feeds = feeds;
  }

  open(group: GroupTables, shard: Shard): void {
    this.#parts.set(group.number, { group, shard });
    this.#lastLane = undefined;
  }

  close(group: GroupTables): void {
    if (this.#parts.get(group.number)?.group === group) this.#parts.delete(group.number);
    this.#lastLane = undefined;
  }

  /** That of a partition. */
  find(partition: number): Part | undefined {
    return this.#parts.get(partition);
  }

  get parts(): Iterable<Part> {
    return this.#parts.values();
  }

  get shards(): Shard[] {
    return [...this.#parts.values()].map(({ shard }) => shard);
  }

  /** The attempt whose code calls; undefined outside of events. @throws LifecycleError where that has failed or was given up */
  reading(): Attempt | undefined {
    return this.#attemptOf(currentExecution());
  }

  #attemptOf(execution: Execution | undefined): Attempt | undefined {
    const attempt = execution?.attempt;
    if (attempt === undefined) return undefined;
    if (attempt.isRunning) return attempt.lane === this.#lastLane || this.#isFedBy(attempt) ? attempt : undefined;
    attempt.mustBeOpen();
    return undefined;
  }

  /** @throws StateError outside of events; LifecycleError where the attempt has failed or was given up */
  writing(): Attempt {
    const execution = currentExecution();
    const attempt = execution?.isAheadOfTake === true ? undefined : this.#attemptOf(execution);
    if (attempt !== undefined) return attempt;
    throw new StateError(
      `table ${this.#table.name} is written outside of an event of ${this.#feeds?.topics.join(', ') ?? 'its topics'}: a write belongs to the attempt of an event, and is committed with it. Write in a handler before it has returned, or in a loop`,
      { code: 'WRITE_OUTSIDE_EVENT' },
    );
  }

  #isFedBy({ lane }: Attempt): boolean {
    return this.#feeds?.topics.includes(lane.topic) === true;
  }

  partOf({ lane }: Attempt): Part {
    if (lane === this.#lastLane) return this.#lastPart;
    const part = this.#parts.get(lane.partition);
    if (part === undefined) throw this.#notLocal(`partition ${lane.partition} of its changelog is not recovered`);
    this.#lastLane = lane;
    this.#lastPart = part;
    return part;
  }

  /** @throws StateError `KEY_MISPLACED` */
  mustBelong(key: unknown, partition: number): void {
    const expected = this.#partitionOf(key);
    if (expected === partition) return;
    throw new StateError(
      `key ${JSON.stringify(key)} of table ${this.#table.name} belongs to partition ${expected}, and the event is of partition ${partition}: another worker may have that part of the table. Send events under the key that the table has (groupBy); where they are, their producer places keys otherwise than Kafka's Java client: set its partitioner to murmur2 (librdkafka: partitioner=murmur2_random). Or keep state by partition with placement: 'event'`,
      { code: 'KEY_MISPLACED' },
    );
  }

  /** Where the topics that feed it put a key. */
  #partitionOf(key: unknown): number {
    if (this.#feeds === undefined) throw this.#notLocal('the worker has not started');
    const { keyCodec, partitions } = this.#feeds;
    return partitions === 1 ? 0 : partitionFor(encode(keyCodec, key, `a key of table ${this.#table.name}`) ?? '', partitions);
  }

  /** Outside of events: where the key lies. @param copies where it may lie besides @throws StateError `NOT_LOCAL` */
  shardOf(key: unknown, copies?: LocalShards): Shard {
    if (this.#table.placement === 'event')
      throw this.#notLocal("with placement: 'event' only an event tells which part of the table is meant");
    const expected = this.#partitionOf(key);
    const part = this.#parts.get(expected) ?? copies?.find(expected);
    if (part === undefined)
      throw this.#notLocal(
        `${JSON.stringify(key)} lies in partition ${expected}, which is not assigned to this worker, or not recovered${copies === undefined ? '' : '; nor is there a copy of it'}`,
      );
    return part.shard;
  }

  #notLocal(why: string): StateError {
    return new StateError(`table ${this.#table.name} cannot be read here: ${why}`, { code: 'NOT_LOCAL' });
  }
}
