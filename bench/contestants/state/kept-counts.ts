import { mkdirSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import type { FastProducer } from '../fast/clients.js';

/** Counts in a Map; at a checkpoint those that have changed go to a changelog and to LevelDB. */
export class KeptCounts {
  readonly #store: ClassicLevel<string, Buffer>;
  readonly #producer: FastProducer;
  readonly #changelog: string;
  /** The topic that is given the changed counts too. */
  readonly #output: string | undefined;
  readonly #counts = new Map<string, number>();
  /** Changed since the last checkpoint, with the partition of their events. */
  #changed = new Map<string, number>();

  private constructor(store: ClassicLevel<string, Buffer>, producer: FastProducer, changelog: string, output: string | undefined) {
    this.#store = store;
    this.#producer = producer;
    this.#changelog = changelog;
    this.#output = output;
  }

  static async open(folder: string, producer: FastProducer, changelog: string, output?: string): Promise<KeptCounts> {
    mkdirSync(folder, { recursive: true });
    const store = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer' });
    await store.open();
    return new KeptCounts(store, producer, changelog, output);
  }

  add(key: string, partition: number): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    this.#changed.set(key, partition);
    return count;
  }

  /** The changelog is acknowledged before offsets are committed; the store is written last. */
  async keep(commit: () => void): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Map();
    const batch = this.#store.batch();
    for (const [key, partition] of changed) {
      const value = countBytes(this.#counts.get(key) as number);
      while (!this.#producer.append(this.#changelog, partition, key, value)) await this.#producer.handOver();
      if (this.#output !== undefined) while (!this.#producer.append(this.#output, -1, key, value)) await this.#producer.handOver();
      batch.put(key, value);
    }
    await this.#producer.flush();
    commit();
    await batch.write();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}

/** A count as the codec `long` writes it. */
export function countBytes(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeInt32BE(Math.floor(count / 0x1_0000_0000), 0);
  bytes.writeUInt32BE(count >>> 0, 4);
  return bytes;
}
