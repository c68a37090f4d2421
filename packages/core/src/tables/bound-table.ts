import { type Attempt, currentExecution, type Execution } from '../attempts/index.js';
import type { Codec } from '../codecs/index.js';
import { StateError } from '../errors/index.js';
import type { StoreRange } from '../stores/index.js';
import { encode } from '../topics/index.js';
import { partitionFor } from '../transport/index.js';
import type { Cell } from './cell.js';
import { Entries } from './entries.js';
import type { GroupTables, ShardedTable } from './group-tables.js';
import type { Shard } from './shard.js';
import type { Table, TableEntries } from './table.js';
import type { TableFormat } from './table-format.js';
import { copyOf } from './values.js';

/** What a table is bound with. */
export interface TableParts {
  readonly name: string;
  readonly changelog: string;
  readonly format: TableFormat;
  /** Gives what `get` gives for a key that is not there. */
  readonly default: () => unknown;
  readonly placement: 'key' | 'event';
}

/** What is known of the topics that feed a table, once the worker knows them. */
export interface Feeds {
  readonly topics: readonly string[];
  /** How many partitions each of them has. */
  readonly partitions: number;
  /** That of the first: a key lies where it puts it. */
  readonly keyCodec: Codec<unknown>;
}

/** A shard that is ours, and its group. */
interface Part {
  readonly group: GroupTables;
  readonly shard: Shard;
}

/** A table of a worker: finds the shard, and the attempt that the calling code belongs to. */
export class BoundTable implements Table, ShardedTable {
  readonly #parts: TableParts;
  /** By partition number. */
  readonly #shards = new Map<number, Part>();
  /** The lane whose code called last, and its part: mostly it is the same again. */
  #lastLane: object | undefined;
  #lastPart!: Part;
  #feeds: Feeds | undefined;

  constructor(parts: TableParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.format;
  }

  connect(feeds: Feeds): void {
    this.#feeds = feeds;
  }

  open(group: GroupTables, shard: Shard): void {
    this.#shards.set(group.number, { group, shard });
    this.#lastLane = undefined;
  }

  close(group: GroupTables): void {
    if (this.#shards.get(group.number)?.group === group) this.#shards.delete(group.number);
    this.#lastLane = undefined;
  }

  get(key: unknown): unknown {
    return this.#read(key) ?? this.#parts.default();
  }

  has(key: unknown): boolean {
    return this.#read(key) !== undefined;
  }

  set(key: unknown, value: unknown): void {
    const attempt = this.#writing();
    const { group, shard } = this.#partOf(attempt);
    group.writesOf(attempt).write(shard, this.#cell(shard, key), value ?? undefined);
  }

  delete(key: unknown): boolean {
    const attempt = this.#writing();
    const { group, shard } = this.#partOf(attempt);
    const cell = this.#cell(shard, key);
    const writes = group.writesOf(attempt);
    const wasThere = writes.read(shard, cell) !== undefined;
    if (wasThere) writes.write(shard, cell, undefined);
    return wasThere;
  }

  update(key: unknown, change: (old: unknown) => unknown): unknown {
    const attempt = this.#writing();
    const { group, shard } = this.#partOf(attempt);
    const cell = this.#cell(shard, key);
    const writes = group.writesOf(attempt);
    const old = writes.read(shard, cell);
    const changed = change(old === undefined ? this.#parts.default() : copyOf(old)) ?? undefined;
    writes.write(shard, cell, changed);
    return changed;
  }

  entries(): TableEntries<unknown, unknown> {
    return this.#entries();
  }

  range(from: unknown, to: unknown): TableEntries<unknown, unknown> {
    return this.#entries({ from: this.#bytesOf(from), to: this.#bytesOf(to) });
  }

  prefix(prefix: unknown): TableEntries<unknown, unknown> {
    return this.#entries(rangeOfPrefix(this.#bytesOf(prefix)));
  }

  #bytesOf(key: unknown): Buffer {
    return this.format.keyBytes(this.format.cellKey(key));
  }

  #entries(range?: StoreRange): Entries {
    const attempt = this.#reading();
    if (attempt === undefined)
      return new Entries(
        [...this.#shards.values()].map(({ shard }) => shard),
        undefined,
        range,
      );
    const { group, shard } = this.#partOf(attempt);
    return new Entries([shard], { attempt, writesOf: (each) => group.writesOf(each) }, range);
  }

  get size(): number {
    const attempt = this.#reading();
    if (attempt !== undefined) return this.#partOf(attempt).shard.size;
    return [...this.#shards.values()].reduce((sum, { shard }) => sum + shard.size, 0);
  }

  #read(key: unknown): unknown {
    const attempt = this.#reading();
    if (attempt !== undefined) {
      const { group, shard } = this.#partOf(attempt);
      return group.writesOf(attempt).read(shard, this.#cell(shard, key));
    }
    const shard = this.#shardOf(key);
    const cell = shard.find(this.format.cellKey(key));
    return cell === undefined ? undefined : shard.valueOf(cell);
  }

  /** The attempt whose code calls; undefined outside of events. @throws LifecycleError where that has failed or was given up */
  #reading(): Attempt | undefined {
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
  #writing(): Attempt {
    const execution = currentExecution();
    const attempt = execution?.isAheadOfTake === true ? undefined : this.#attemptOf(execution);
    if (attempt !== undefined) return attempt;
    throw new StateError(
      `table ${this.name} is written outside of an event of ${this.#feeds?.topics.join(', ') ?? 'its topics'}: a write belongs to the attempt of an event, and is committed with it. Write in a handler before it has returned, or in a loop`,
      { code: 'WRITE_OUTSIDE_EVENT' },
    );
  }

  #isFedBy({ lane }: Attempt): boolean {
    return this.#feeds?.topics.includes(lane.topic) === true;
  }

  #partOf({ lane }: Attempt): Part {
    if (lane === this.#lastLane) return this.#lastPart;
    const part = this.#shards.get(lane.partition);
    if (part === undefined) throw this.#notLocal(`partition ${lane.partition} of its changelog is not recovered`);
    this.#lastLane = lane;
    this.#lastPart = part;
    return part;
  }

  /** @throws StateError `KEY_MISPLACED` */
  #cell(shard: Shard, key: unknown): Cell {
    const cellKey = this.format.cellKey(key);
    const known = shard.known(cellKey);
    if (known !== undefined) return known;
    // Asked once for each key: one that has a cell is in its place.
    if (this.#parts.placement === 'key') this.#mustBelong(key, shard.changelog.partition);
    return shard.cell(cellKey);
  }

  #mustBelong(key: unknown, partition: number): void {
    const place = this.#placeOf(key);
    if (place === partition) return;
    throw new StateError(
      `key ${JSON.stringify(key)} of table ${this.name} belongs to partition ${place}, and the event is of partition ${partition}: another worker may have that part of the table. Send events under the key that the table has (groupBy); where they are, their producer places keys otherwise than Kafka's Java client: set its partitioner to murmur2 (librdkafka: partitioner=murmur2_random). Or keep state by partition with placement: 'event'`,
      { code: 'KEY_MISPLACED' },
    );
  }

  /** Where the topics that feed it put a key. */
  #placeOf(key: unknown): number {
    if (this.#feeds === undefined) throw this.#notLocal('the worker has not started');
    const { keyCodec, partitions } = this.#feeds;
    return partitions === 1 ? 0 : partitionFor(encode(keyCodec, key, `a key of table ${this.name}`) ?? '', partitions);
  }

  /** Outside of events: where the key lies. @throws StateError `NOT_LOCAL` */
  #shardOf(key: unknown): Shard {
    if (this.#parts.placement === 'event')
      throw this.#notLocal("with placement: 'event' only an event tells which part of the table is meant");
    const place = this.#placeOf(key);
    const part = this.#shards.get(place);
    if (part === undefined)
      throw this.#notLocal(`${JSON.stringify(key)} lies in partition ${place}, which is not assigned to this worker, or not recovered`);
    return part.shard;
  }

  #notLocal(why: string): StateError {
    return new StateError(`table ${this.name} cannot be read here: ${why}`, { code: 'NOT_LOCAL' });
  }
}

/** Keys that begin with these bytes. */
function rangeOfPrefix(from: Buffer): StoreRange {
  const to = Buffer.from(from);
  let last = to.length - 1;
  while (last >= 0 && to[last] === 0xff) last--;
  if (last < 0) return { from };
  to[last]++;
  return { from, to: to.subarray(0, last + 1) };
}
