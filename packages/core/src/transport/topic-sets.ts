import type { TopicPartition } from '../positions/index.js';

/**
 * Co-partitioned topics: one member has the partitions of one number of all topics of a set. The first of a set leads. The group divides the partitions of leads
 * only, and with each come and go the same ones of the topics that follow (co-assignment). So it does not matter by which assignor they are divided.
 */
export class TopicSets {
  readonly #followers = new Map<string, readonly string[]>();
  readonly #leads = new Map<string, string>();

  /** @param sets disjoint; all members of a group must have the same */
  constructor(sets: readonly (readonly string[])[] = []) {
    for (const [lead, ...followers] of sets) {
      this.#followers.set(lead, followers);
      for (const topic of followers) this.#leads.set(topic, lead);
    }
  }

  /** Every topic that the group is not asked for. */
  get followers(): readonly string[] {
    return [...this.#leads.keys()];
  }

  follows(topic: string): boolean {
    return this.#leads.has(topic);
  }

  /** The topic whose partitions the group divides for one; that itself where it follows none. */
  leadOf(topic: string): string {
    return this.#leads.get(topic) ?? topic;
  }

  /** What comes and goes with partitions that the group divides: these, each with those that follow it. */
  whole(partitions: readonly TopicPartition[]): TopicPartition[] {
    return partitions.flatMap(({ topic, partition }) =>
      [topic, ...(this.#followers.get(topic) ?? [])].map((each) => ({ topic: each, partition })),
    );
  }
}
