import type { Batch } from '../batch.js';
import type { HeaderPair } from '../payload.js';
import type { Entry, PartitionLog } from './logs/partition-log.js';

/** Messages of one partition as they lie in the log. Buffers are copied when they are asked for, so that nobody can write into the log. */
export class MemoryBatch implements Batch {
  readonly topic: string;
  readonly partition: number;
  readonly #entries: readonly Entry[];
  #sizeBytes: number | undefined;

  constructor({ topic, partition }: PartitionLog, entries: readonly Entry[]) {
    this.topic = topic;
    this.partition = partition;
    this.#entries = entries;
  }

  get length(): number {
    return this.#entries.length;
  }

  get sizeBytes(): number {
    this.#sizeBytes ??= this.#entries.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    return this.#sizeBytes;
  }

  offset(index: number): number {
    return this.#at(index).offset;
  }

  timestamp(index: number): number {
    return this.#at(index).timestamp;
  }

  key(index: number): Buffer | null {
    return copy(this.#at(index).key);
  }

  value(index: number): Buffer | null {
    return copy(this.#at(index).value);
  }

  keyToPassOn(index: number): Buffer | null {
    return this.key(index);
  }

  keyText(index: number): string | null {
    return this.#at(index).key?.toString() ?? null;
  }

  valueText(index: number): string | null {
    return this.#at(index).value?.toString() ?? null;
  }

  headers(index: number): readonly HeaderPair[] {
    return this.#at(index).headers.map(([name, value]) => [name, copy(value)]);
  }

  hasHeader(index: number, name: string): boolean {
    return this.#at(index).headers.some(([each]) => each === name);
  }

  #at(index: number): Entry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`a batch of ${this.#entries.length} messages has none at ${index}`);
    return entry;
  }
}

function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
