import type { TopicPartition } from '@weir/core/internal/positions';

/** Values by partition. */
export class PartitionMap<V> {
  readonly #topics = new Map<string, Map<number, V>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ topic, partition }: TopicPartition): V | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  has(at: TopicPartition): boolean {
    return this.#topics.get(at.topic)?.has(at.partition) ?? false;
  }

  set({ topic, partition }: TopicPartition, value: V): void {
    const partitions = this.#topics.get(topic) ?? new Map<number, V>();
    this.#topics.set(topic, partitions);
    if (!partitions.has(partition)) this.#size += 1;
    partitions.set(partition, value);
  }

  delete({ topic, partition }: TopicPartition): void {
    if (this.#topics.get(topic)?.delete(partition)) this.#size -= 1;
  }

  keys(): TopicPartition[] {
    return [...this.#topics].flatMap(([topic, partitions]) => [...partitions.keys()].map((partition) => ({ topic, partition })));
  }
}

/** Only the two names, as the driver takes them. */
export function plain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}
