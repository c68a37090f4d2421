import { type AgentRun, bindAgent } from '@weir/core/internal/agents';
import { Outputs, RetryStates } from '@weir/core/internal/attempts';
import type { TopicDefinition } from '@weir/core/internal/definitions';
import { type Lane, type LaneContext, openLanes, RecentEvents } from '@weir/core/internal/lanes';
import type { DeadLetters } from '@weir/core/internal/letters';
import { Observers } from '@weir/core/internal/observers';
import { SystemClock } from '@weir/core/internal/time';
import { Topics } from '@weir/core/internal/topics';
import type { Producer } from '@weir/core/internal/transport';
import { pino } from 'pino';

/** A lane of an agent on its own: no worker, no broker. What it writes is brought into bytes, as the driver wants it, and dropped. */
export function aloneLane(definition: TopicDefinition, run: AgentRun, sink?: TopicDefinition): Lane {
  const topics = new Topics();
  let moves = 0;
  const producer = {
    flush: () => Promise.resolve(),
    append: (_topic: string, _key: unknown, value: unknown) => void Buffer.from(value as string),
    send: () => Promise.reject(new Error('nothing is sent here')),
  } as unknown as Producer;
  const outputs = new Outputs(producer, false);
  topics.connect(outputs);
  const agent = bindAgent(
    { ...run, name: 'alone', topic: definition, sinks: sink === undefined ? [] : [sink as TopicDefinition<unknown, never>] },
    { errors: undefined, topic: (each) => topics.of(each), topicOf: () => definition },
  );
  const context: LaneContext = {
    recent: new RecentEvents(),
    clock: new SystemClock(),
    observers: new Observers([], pino({ level: 'silent' })),
    outputs,
    retries: new RetryStates(),
    uncommitted: { isFull: false },
    hasExecutions: false,
    hasState: () => false,
    hasMarkers: () => false,
    isExact: false,
    aheadMs: 0,
    abort: () => undefined,
    deadLetters: undefined as unknown as DeadLetters,
    topic: (each) => topics.of(each),
    fail: (error) => {
      throw error;
    },
    commit: () => Promise.resolve(),
    // As checkpoints do: what was sent is answered for.
    moved: () => void (++moves % 1_000 === 0 && outputs.flush()),
  };
  return openLanes([agent], { topic: definition.name, partition: 0 }, context)[0];
}
