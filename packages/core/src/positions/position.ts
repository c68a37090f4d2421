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

/** Partitions in one line: `orders[0,1,3] payments[2]`. */
export function formatPartitions(partitions: readonly TopicPartition[]): string {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  return [...byTopic].map(([topic, list]) => `${topic}[${list.sort((a, b) => a - b).join(',')}]`).join(' ') || 'nothing';
}
