import { StateError } from '../../errors/index.js';
import type { StoreRange } from '../../stores/index.js';
import { partitionFor } from '../../transport/index.js';
import { Entries } from '../entries.js';
import type { ShardedTable } from '../group-tables.js';
import { ScannedTable } from '../scanned-table.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';

/** What a copy of a topic is bound with. */
export interface GlobalTableParts {
  readonly name: string;
  /** The topic. */
  readonly topic: string;
  readonly format: TableFormat;
  /** Gives what `get` gives for a key that is not there. */
  readonly default: () => unknown;
}

/** A copy of all partitions of a topic. What is read is what is there now, whoever reads. */
export class GlobalTable extends ScannedTable {
  readonly #parts: GlobalTableParts;
  /** By partition. */
  readonly #shards: Shard[] = [];
  #isComplete = false;

  constructor(parts: GlobalTableParts) {
    super();
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get topic(): string {
    return this.#parts.topic;
  }

  /** One partition of the topic, as a group recovers it. */
  part(partition: number): ShardedTable {
    const { topic, format, name } = this.#parts;
    return {
      ...{ changelog: topic, partition, format, storedAs: `${name}/${partition}`, follows: 'others' },
      open: (_, shard) => {
        this.#shards[partition] = shard;
      },
      close: () => {
        this.#isComplete = false;
      },
    };
  }

  /** It has all partitions. */
  complete(): void {
    this.#isComplete = true;
  }

  get(key: unknown): unknown {
    return this.#read(key) ?? this.#parts.default();
  }

  has(key: unknown): boolean {
    return this.#read(key) !== undefined;
  }

  /** Where Kafka's Java client puts a key, else wherever it is: others place keys as they like, and a topic may have grown. */
  #read(key: unknown): unknown {
    const shards = this.#whole();
    const cellKey = this.#parts.format.cellKey(key);
    const first = partitionFor(this.#parts.format.keyBytes(cellKey), shards.length);
    const found = shards[first].valueUnder(cellKey);
    if (found !== undefined) return found;
    for (const shard of shards) {
      const value = shard === shards[first] ? undefined : shard.valueUnder(cellKey);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  scan(range?: StoreRange): Entries {
    return new Entries(this.#whole(), undefined, range);
  }

  bytesOf(key: unknown): Buffer {
    const { format } = this.#parts;
    return format.keyBytes(format.cellKey(key));
  }

  get size(): number {
    return this.#whole().reduce((sum, { size }) => sum + size, 0);
  }

  /** @throws StateError `NOT_LOCAL` */
  #whole(): readonly Shard[] {
    if (this.#isComplete) return this.#shards;
    throw new StateError(
      `table ${this.name} cannot be read here: it is not complete. A worker has it before its start hooks run, and until it has stopped`,
      { code: 'NOT_LOCAL' },
    );
  }
}
