import {
  type AgentRun,
  Begun,
  bindAgent,
  type CarefulOutlet,
  type DeadLetters,
  type Lane,
  type LaneContext,
  openLanes,
} from '@weir/core/agents';
import { SystemClock } from '@weir/core/time';
import { type TopicDefinition, Topics } from '@weir/core/topics';
import { TriedEvents } from '@weir/core/worker';
import { pino } from 'pino';

/** A lane of an agent on its own: no worker, no broker. What it writes is brought into bytes, as the driver wants it, and dropped. */
export function aloneLane(definition: TopicDefinition, run: AgentRun, sink?: TopicDefinition): Lane {
  const topics = new Topics();
  topics.connect({
    append: (_topic, _key, value) => void Buffer.from(value as string),
    send: () => Promise.reject(new Error('nothing is sent here')),
  });
  const agent = bindAgent(
    { ...run, name: 'alone', topic: definition, sinks: sink === undefined ? [] : [sink as TopicDefinition<unknown, never>] },
    { errors: undefined, topic: (each) => topics.of(each), topicOf: () => definition },
  );
  const context: LaneContext = {
    begun: new Begun(),
    clock: new SystemClock(),
    logger: pino({ level: 'silent' }),
    outlet: undefined as unknown as CarefulOutlet,
    deadLetters: undefined as unknown as DeadLetters,
    tried: new TriedEvents(),
    topic: (each) => topics.of(each),
    fail: (error) => {
      throw error;
    },
    commit: () => Promise.resolve(),
    moved: () => undefined,
  };
  return openLanes([agent], { topic: definition.name, partition: 0 }, context)[0];
}
