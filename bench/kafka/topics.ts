import kafka from '@confluentinc/kafka-javascript';
import { called } from './clients.js';

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

export const partitions = 4;

/** The topic of a table. */
export const changelogTopic = { 'cleanup.policy': 'compact', 'message.timestamp.type': 'CreateTime' } as const;

/** Of a topic whose messages tell when something has happened, which may be long ago. */
export const timedTopic = { 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1' } as const;

/** Creates and deletes the topics of a run. */
export class TopicKeeper {
  readonly #admin;

  constructor(brokers: string) {
    this.#admin = kafka.AdminClient.create({ 'bootstrap.servers': brokers });
  }

  /**
   * The broker notes when it took a message: the clock of every contestant, in whatever language.
   * @param config properties of the topic
   */
  async create(topic: string, count = partitions, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { 'message.timestamp.type': 'LogAppendTime', ...config };
    await called((done) => this.#admin.createTopic({ topic, num_partitions: count, replication_factor: 1, config: all }, 30_000, done));
  }

  async delete(topic: string): Promise<void> {
    await called((done) => this.#admin.deleteTopic(topic, 30_000, done));
  }

  /** How many partitions each member of a group has. */
  async members(group: string): Promise<number[]> {
    // The driver brings the process down when it is asked about a group that there is not.
    const known = await called<GroupList>((done) => this.#admin.listGroups({ timeout: 10_000 }, done));
    if (!known.groups.some(({ groupId }) => groupId === group)) return [];
    const { groups } = await called<GroupDescriptions>((done) => this.#admin.describeGroups([group], { timeout: 10_000 }, done));
    return groups.flatMap(({ members }) => members.map(({ assignment }) => assignment.topicPartitions.length));
  }

  close(): void {
    this.#admin.disconnect();
  }
}

interface GroupList {
  readonly groups: readonly { readonly groupId: string }[];
}

/** What the driver describes, as far as it is looked at. */
interface GroupDescriptions {
  readonly groups: readonly { readonly members: readonly { readonly assignment: { readonly topicPartitions: readonly unknown[] } }[] }[];
}

/** Every partition of a topic. */
export function partitionsOf(topic: string, count = partitions): Partition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}
