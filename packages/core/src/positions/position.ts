/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Where a message lies: topic, partition and offset. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

/** A position as it stands in messages and logs: `orders[3]@17`; where no offset is known `orders[3]`. */
export function formatPosition(at: TopicPartition & { readonly offset?: number }): string {
  return at.offset === undefined || at.offset < 0 ? `${at.topic}[${at.partition}]` : `${at.topic}[${at.partition}]@${at.offset}`;
}
