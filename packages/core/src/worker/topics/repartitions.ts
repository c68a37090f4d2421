import { type Repartition, repartitionsOf, type Topology } from '../../topology/index.js';
import { type Admin, type NewTopic, takesIn } from '../../transport/index.js';
import { anyTimestamp, maxMessageBytes } from './own-settings.js';

/**
 * The topics that must exist for grouped sources. One that is missing is to have as many partitions as its origin has now; one that exists keeps the number
 * that it was created with, for its origin may have grown since.
 */
export async function repartitionTopics(topology: Topology, admin: Pick<Admin, 'describe' | 'topics'>): Promise<NewTopic[]> {
  const repartitions = repartitionsOf(topology);
  const existing = await admin.describe(repartitions.map(({ topic }) => topic.name));
  const partitions = new Map(existing.map((each) => [each.name, each.partitions]));
  const wanted: NewTopic[] = [];
  for (const repartition of repartitions) {
    const { topic, origin } = repartition;
    const isThere = partitions.has(topic.name);
    // One that others are grouped from has its number before it exists.
    const number = partitions.get(topic.name) ?? partitions.get(origin.name) ?? (await partitionsOf(origin, admin));
    partitions.set(topic.name, number);
    wanted.push(newTopic(topology, repartition, isThere ? -1 : number));
  }
  return wanted;
}

/** The greatest number among the topics of an origin; −1 while none is there, as for a pattern. */
async function partitionsOf({ names }: Repartition['origin'], admin: Pick<Admin, 'describe' | 'topics'>): Promise<number> {
  const texts = names.filter((each) => typeof each === 'string');
  const found =
    texts.length === names.length ? await admin.describe(texts) : (await admin.topics()).filter(({ name }) => takesIn(names, name));
  return Math.max(-1, ...found.map(({ partitions }) => partitions));
}

/** It takes whatever its origin takes, with a longer key and a header more, at whatever time it was; and nothing goes before it was read. */
function newTopic(topology: Topology, { topic, origin: { options } }: Repartition, partitions: number): NewTopic {
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
    'max.message.bytes': maxMessageBytes(topology, Number(options.config?.['max.message.bytes'] ?? 0)),
  };
  return { name: topic.name, partitions, replicas: options.replicas ?? -1, config, wishes: anyTimestamp };
}
