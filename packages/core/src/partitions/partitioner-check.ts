import type { Logger } from 'pino';
import { formatPosition } from '../positions/index.js';
import { type Batch, partitionFor } from '../transport/index.js';

/** How a key may be shown, in characters. */
const shownMax = 80;

export interface PartitionerCheckParts {
  /** How many partitions the keys of a topic are spread over: of topics that feed tables by key. */
  readonly partitions: ReadonlyMap<string, number>;
  readonly logger: Logger;
}

/**
 * Looks whether producers put keys where Kafka's Java client does: at the first message of each batch. Once for each topic it is an error in the log. It ends nobody: a
 * message may be put somewhere on purpose, by a part of its key, and a handler that touches a key that lies elsewhere fails by itself.
 */
export class PartitionerCheck {
  readonly #parts: PartitionerCheckParts;
  readonly #told = new Set<string>();

  constructor(parts: PartitionerCheckParts) {
    this.#parts = parts;
  }

  look(batch: Batch): void {
    const partitions = this.#parts.partitions.get(batch.topic);
    if (partitions === undefined || partitions === 1 || batch.length === 0 || this.#told.has(batch.topic)) return;
    const key = batch.key(0);
    if (key === null) return;
    const expected = partitionFor(key, partitions);
    if (expected === batch.partition) return;
    this.#told.add(batch.topic);
    const { topic, partition } = batch;
    const at = formatPosition({ topic, partition, offset: batch.offset(0) });
    this.#parts.logger.error(
      { code: 'KEY_MISPLACED' },
      `the producer of ${topic} places keys otherwise than Kafka's Java client: ${JSON.stringify(String(key).slice(0, shownMax))} of ${at} belongs to partition ${expected}. The tables that it feeds cannot find keys then: set the producer's partitioner to murmur2 (librdkafka: partitioner=murmur2_random), regroup the topic (groupBy), or keep state by partition with placement: 'event'`,
    );
  }
}
