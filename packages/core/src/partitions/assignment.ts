import type { Lane } from '../lanes/index.js';
import type { TopicPartition } from '../positions/index.js';
import { AssignedPartition } from './assigned-partition.js';
import { type GroupState, PartitionGroup } from './partition-group.js';

/** What the partitions of an assignment are opened with. */
export interface AssignmentParts {
  /** The lanes of a partition, one for each agent of its topic. */
  readonly open: (at: TopicPartition) => readonly Lane[];
  /** The name of the set of topics that share state with this one; its own where it shares none. */
  readonly setOf?: (topic: string) => string;
  /** That set, as it is noted beside offsets. */
  readonly setNoteOf?: (topic: string) => string | undefined;
  /** The state of a partition group. */
  readonly stateOf?: (set: string, number: number) => GroupState | undefined;
}

/** The partitions that are ours now, in their groups, and when one is busy being handed over. */
export class Assignment {
  readonly #parts: AssignmentParts;
  readonly #topics = new Map<string, Map<number, AssignedPartition>>();
  /** By the names of their sets. */
  readonly #groups = new Map<string, Map<number, PartitionGroup>>();
  readonly #listeners: (() => void)[] = [];

  constructor(parts: AssignmentParts) {
    this.#parts = parts;
  }

  add({ topic, partition: number }: TopicPartition): AssignedPartition {
    const open = () => this.#parts.open({ topic, partition: number });
    const partition = new AssignedPartition(topic, number, open, this.#parts.setNoteOf?.(topic));
    entryOf(this.#topics, topic).set(number, partition);
    const set = this.#setOf(topic);
    const groups = entryOf(this.#groups, set);
    let group = groups.get(number);
    if (group === undefined) {
      const changed = () => {
        for (const listener of this.#listeners) listener();
      };
      group = new PartitionGroup(set, number, this.#parts.stateOf?.(set, number), this.#parts.open, changed);
      groups.set(number, group);
    }
    group.add(partition);
    return partition;
  }

  /** Told when a group runs, also after a rewind, and when it does no longer. */
  whenChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #setOf(topic: string): string {
    return this.#parts.setOf?.(topic) ?? topic;
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
      this.#leave(assigned);
      removed.push(assigned);
    }
    return removed;
  }

  #leave(partition: AssignedPartition): void {
    const groups = this.#groups.get(this.#setOf(partition.topic));
    const group = groups?.get(partition.partition);
    group?.remove(partition);
    if (group?.isOurs === false) groups?.delete(group.number);
  }

  *[Symbol.iterator](): Generator<AssignedPartition> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }

  *groups(): Generator<PartitionGroup> {
    for (const groups of this.#groups.values()) yield* groups.values();
  }

  /** The groups of some partitions, each once. */
  groupsOf(partitions: readonly TopicPartition[]): PartitionGroup[] {
    const found = partitions.flatMap(({ topic, partition }) => this.#groups.get(this.#setOf(topic))?.get(partition) ?? []);
    return [...new Set(found)];
  }

  /** Whether events of a partition are ours, also of one that is derived. */
  hasEventsOf(at: TopicPartition): boolean {
    return this.find(at) !== undefined || [...this.groups()].some((group) => group.number === at.partition && group.derives(at));
  }

  /** Every lane of every partition, and of what groups derive. */
  *lanes(): Generator<Lane> {
    for (const group of this.groups()) yield* group.lanes();
  }
}

function entryOf<T>(map: Map<string, Map<number, T>>, name: string): Map<number, T> {
  let entry = map.get(name);
  if (entry === undefined) {
    entry = new Map();
    map.set(name, entry);
  }
  return entry;
}
