import type { TopicPartition } from '../../positions/index.js';
import { timeHeader } from '../../streams/index.js';
import type { HeaderPair, Outgoing } from '../../transport/index.js';

/**
 * How far the time of a partition group had come at a checkpoint stands in the changelogs of its tables that expire: in the header of a tombstone under a key
 * that no table has. To whoever does not know of it it is a key that is not there.
 */
const timeKey = Buffer.from('\xffweir-time', 'latin1');

export function timeEntry({ topic, partition }: TopicPartition, time: number): Outgoing {
  return { topic, partition, key: timeKey, value: null, headers: [[timeHeader, Buffer.from(String(time))]] };
}

/** The time that a message of a changelog tells; undefined for an entry. */
export function timeIn(headers: readonly HeaderPair[]): number | undefined {
  const found = headers.find(([name]) => name === timeHeader)?.[1];
  return found === undefined ? undefined : Number(String(found));
}
