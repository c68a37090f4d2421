import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, called, connectConsumer, disconnect } from './clients.js';
import { beginnings } from './topics.js';

const lookMs = 100;
const stallMs = 60_000;

/** Resolves when a group has committed so many messages of a topic. Rejects when it stands still for a minute, or `isOver` says why. */
export async function committed(brokers: string, group: string, topic: string, messages: number, isOver: () => Error | undefined) {
  const consumer = await connectConsumer(brokers, { 'group.id': group });
  try {
    let before = 0;
    for (let movedAt = Date.now(); Date.now() - movedAt < stallMs; await sleep(lookMs)) {
      const over = isOver();
      if (over !== undefined) throw over;
      const now = await look(consumer, topic);
      if (now >= messages) return;
      if (now > before) movedAt = Date.now();
      before = Math.max(now, before);
    }
    throw new Error(`group ${group} has committed ${before} of ${messages} messages and stands still`);
  } finally {
    await disconnect(consumer);
  }
}

/** While the broker is still making room for its first groups, it refuses: nothing is committed then. */
async function look(consumer: Consumer, topic: string): Promise<number> {
  try {
    const offsets = await called<{ offset?: number }[]>((done) => consumer.committed(beginnings(topic), 10_000, done as never));
    return offsets.reduce((sum, { offset = 0 }) => sum + Math.max(0, offset), 0);
  } catch {
    return 0;
  }
}
