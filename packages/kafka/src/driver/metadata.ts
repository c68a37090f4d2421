import type { TopicInfo } from '@weir/core/internal/transport';
import { called } from './calls.js';
import type { DriverClient, DriverMetadata } from './driver-types.js';
import { transportError } from './errors.js';

const answerMs = 10_000;

/** Every topic of the cluster, the broker's own too. */
export async function allTopics(client: DriverClient): Promise<TopicInfo[]> {
  return topicsOf(client, undefined);
}

/** One topic, if it exists. Asked through a producer, it may be created by that. */
export async function topicNamed(client: DriverClient, topic: string): Promise<TopicInfo | undefined> {
  const found = await topicsOf(client, topic);
  return found.find(({ name, partitions }) => name === topic && partitions > 0);
}

async function topicsOf(client: DriverClient, topic: string | undefined): Promise<TopicInfo[]> {
  try {
    const { topics } = await called<DriverMetadata>(client, (done) =>
      client.getMetadata({ ...(topic !== undefined && { topic }), allTopics: topic === undefined, timeout: answerMs }, done),
    );
    return topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }));
  } catch (thrown) {
    throw transportError(thrown, topic === undefined ? 'cannot list the topics' : `cannot describe topic "${topic}"`, 'BROKER_UNREACHABLE');
  }
}
