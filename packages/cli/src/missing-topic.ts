import { didYouMean, TransportError } from '@weir/core/internal/errors';
import type { Admin } from '@weir/core/internal/transport';

/** Says that a topic is missing, and which one may be meant. */
export async function missingTopic(admin: Admin, topic: string): Promise<TransportError> {
  const known = (await admin.topics()).map(({ name }) => name);
  const remedy = didYouMean(topic, known) || '. `weir topics --all` lists those that do';
  return new TransportError(`the topic ${topic} does not exist${remedy}`, { code: 'TOPIC_MISSING' });
}
