import type { Logger } from 'pino';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import type { Topology } from '../topology/index.js';

/** Partitions in one line: `orders[0,1,3] payments[2]`. */
export function formatPartitions(partitions: readonly TopicPartition[]): string {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  return [...byTopic].map(([topic, list]) => `${topic}[${list.sort((a, b) => a - b).join(',')}]`).join(' ') || 'nothing';
}

/** Tells of a change of the assignment. */
export function logAssignment(logger: Logger, what: string, partitions: readonly TopicPartition[]): void {
  if (partitions.length > 0) logger.info({ partitions: partitions.map(formatPosition) }, `${what} ${formatPartitions(partitions)}`);
}

/** Warns of a worker that would say "ready" and never do anything. */
export function warnOfNothing({ agents, timers }: Topology, logger: Logger): void {
  if (agents.length > 0 || timers.length > 0) return;
  logger.warn('this worker has no agents and no timers: it will do nothing. Are the classes that have them listed in providers of @App?');
}
