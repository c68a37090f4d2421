import { type TopicDefinition, topic } from '../definitions/index.js';
import { delayedTopic } from '../topics/index.js';

/** What the topic takes: the largest message that can wait, and more. */
const maxMessageBytes = '1150000';

/** The topic of the delayed messages of an app: what lies there is deleted when it was read, and never before. */
export function delayedDefinition(id: string): TopicDefinition<Buffer, Buffer> {
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
    'max.message.bytes': maxMessageBytes,
  };
  return Object.freeze({ ...topic(delayedTopic(id), { key: 'raw', value: 'raw', config }), isPassing: true });
}
