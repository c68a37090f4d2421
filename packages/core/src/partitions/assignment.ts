import type { Lane } from '../lanes/index.js';
import type { TopicPartition } from '../positions/index.js';
import { AssignedPartition } from './assigned-partition.js';

/** The partitions that are ours now, and when one is busy being handed over. */
export class Assignment {
  readonly #topics = new Map<string, Map<number, AssignedPartition>>();

  /** @param open the lanes of a partition, one for each agent of its topic */
  constructor(private readonly open: (at: TopicPartition) => readonly Lane[]) {}

  add({ topic, partition }: TopicPartition): AssignedPartition {
    const assigned = new AssignedPartition(topic, partition, () => this.open({ topic, partition }));
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      this.#topics.set(topic, partitions);
    }
    partitions.set(partition, assigned);
    return assigned;
  }

  find({ topic, partition }: TopicPartition): AssignedPartition | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** Whether a partition is ours, and was all the time: one that was lost and came back is another. */
  has(partition: AssignedPartition): boolean {
    return this.find(partition) === partition;
  }

  /** Takes partitions out. What their handlers do from then on no longer counts. */
  remove(partitions: readonly TopicPartition[]): AssignedPartition[] {
    const removed: AssignedPartition[] = [];
    for (const at of partitions) {
      const assigned = this.find(at);
      if (assigned === undefined) continue;
      this.#topics.get(at.topic)?.delete(at.partition);
      removed.push(assigned);
    }
    return removed;
  }

  *[Symbol.iterator](): Generator<AssignedPartition> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }

  /** Every lane of every partition. */
  *lanes(): Generator<Lane> {
    for (const partition of this) yield* partition.lanes;
  }
}
