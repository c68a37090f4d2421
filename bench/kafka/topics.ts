import kafka from '@confluentinc/kafka-javascript';
import { called } from './clients.js';

export const partitions = 4;

/** Creates and deletes the topics of a run. */
export class TopicKeeper {
  readonly #admin;

  constructor(brokers: string) {
    this.#admin = kafka.AdminClient.create({ 'bootstrap.servers': brokers });
  }

  /** The broker notes when it took a message: the clock of every contestant, in whatever language. */
  async create(topic: string, count = partitions): Promise<void> {
    const config = { 'message.timestamp.type': 'LogAppendTime' };
    await called((done) => this.#admin.createTopic({ topic, num_partitions: count, replication_factor: 1, config }, 30_000, done));
  }

  async delete(topic: string): Promise<void> {
    await called((done) => this.#admin.deleteTopic(topic, 30_000, done));
  }

  close(): void {
    this.#admin.disconnect();
  }
}

/** Every partition of a topic, from its beginning. */
export function beginnings(topic: string, count = partitions): { topic: string; partition: number; offset: number }[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition, offset: 0 }));
}
