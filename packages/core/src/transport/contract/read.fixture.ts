import type { Position, TopicPartition } from '../../positions/index.js';
import type { Batch } from '../batch.js';
import type { Consumer } from '../consumer.js';
import type { HeaderPair } from '../payload.js';
import type { Reader } from '../reader.js';

/** A message with all its columns read. */
export interface Read extends Position {
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly keyText: string | null;
  readonly valueText: string | null;
  readonly headers: readonly HeaderPair[];
}

/** Polls until so many messages have come. */
export async function batchesOf(from: Pick<Consumer | Reader, 'poll'>, messages: number): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for (let count = 0; count < messages; ) {
    for (const batch of await from.poll()) {
      batches.push(batch);
      count += batch.length;
    }
  }
  return batches;
}

export function messagesOf(batches: readonly Batch[]): readonly Read[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, index) => ({
      topic: batch.topic,
      partition: batch.partition,
      offset: batch.offset(index),
      timestamp: batch.timestamp(index),
      key: batch.key(index),
      value: batch.value(index),
      keyText: batch.keyText(index),
      valueText: batch.valueText(index),
      headers: batch.headers(index),
    })),
  );
}

/** Values as text in the order they came, of one partition or of all. */
export function valuesOf(messages: readonly Read[], partition?: number): readonly (string | null)[] {
  return messages.filter((message) => partition === undefined || message.partition === partition).map(({ valueText }) => valueText);
}

/** A partition as it stands in a history. */
export function label({ topic, partition }: TopicPartition): string {
  return `${topic}[${partition}]`;
}
