import { setTimeout as sleep } from 'node:timers/promises';
import { called, connectConsumer, disconnect } from './clients.js';
import { beginnings } from './topics.js';

const lookMs = 100;
const stallMs = 60_000;

/** Resolves when a group has committed so many messages of a topic. Rejects when it stands still for a minute, or `isOver` says why. */
export async function committed(brokers: string, group: string, topic: string, messages: number, isOver: () => Error | undefined) {
  const consumer = await connectConsumer(brokers, { 'group.id': group });
  try {
    let before = -1;
    for (let movedAt = Date.now(); Date.now() - movedAt < stallMs; await sleep(lookMs)) {
      const over = isOver();
      if (over !== undefined) throw over;
      const offsets = await called<{ offset?: number }[]>((done) => consumer.committed(beginnings(topic), 10_000, done as never));
      const now = offsets.reduce((sum, { offset = 0 }) => sum + Math.max(0, offset), 0);
      if (now >= messages) return;
      if (now !== before) movedAt = Date.now();
      before = now;
    }
    throw new Error(`group ${group} has committed ${before} of ${messages} messages and stands still`);
  } finally {
    await disconnect(consumer);
  }
}
