import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, called, connectConsumer, disconnect } from './clients.js';
import type { Partition } from './topics.js';

const lookMs = 100;
const stallMs = 60_000;
const answerMs = 10_000;

/** What is waited for. */
export interface Goal {
  readonly brokers: string;
  readonly partitions: readonly Partition[];
  readonly messages: number;
  /** Why nothing more will come. */
  readonly failure: () => Error | undefined;
}

/**
 * Resolves when a group has committed so many messages of partitions. Rejects when it stands still for a minute, or `failure` says why.
 * @param look told how many it is each time it is looked
 */
export function committed(group: string, goal: Goal, look?: (messages: number) => void): Promise<void> {
  const told = (sum: number) => {
    look?.(sum);
    return sum;
  };
  return reached(`group ${group} has committed`, group, goal, async (consumer) => {
    const offsets = await called<{ offset?: number }[]>((done) => consumer.committed([...goal.partitions], answerMs, done as never));
    return told(offsets.reduce((sum, { offset = 0 }) => sum + Math.max(0, offset), 0));
  });
}

/** Resolves when there are so many messages in partitions. Rejects as `committed` does. */
export function written(goal: Goal): Promise<void> {
  return reached('there are', 'bench-looks', goal, (consumer) => sumOfEnds(consumer, goal.partitions));
}

type Look = (consumer: Consumer) => Promise<number>;

async function sumOfEnds(consumer: Consumer, partitions: readonly Partition[]): Promise<number> {
  let sum = 0;
  for (const { topic, partition } of partitions) {
    const { highOffset } = await called<{ highOffset: number }>((done) => consumer.queryWatermarkOffsets(topic, partition, answerMs, done));
    sum += highOffset;
  }
  return sum;
}

async function reached(what: string, group: string, { brokers, messages, failure }: Goal, look: Look): Promise<void> {
  const consumer = await connectConsumer(brokers, { 'group.id': group });
  try {
    let before = 0;
    for (let movedAt = Date.now(); Date.now() - movedAt < stallMs; await sleep(lookMs)) {
      const over = failure();
      if (over !== undefined) throw over;
      // While the broker is still making room for its first groups, it refuses: nothing is there then.
      const now = await look(consumer).catch(() => 0);
      if (now >= messages) return;
      if (now > before) movedAt = Date.now();
      before = Math.max(now, before);
    }
    throw new Error(`${what} ${before} of ${messages} messages and it stands still`);
  } finally {
    await disconnect(consumer);
  }
}
