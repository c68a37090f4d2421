import type { Spent, Tried } from '../agents/index.js';
import { formatPosition, type Position, type TopicPartition } from '../errors/index.js';
import type { Assignment } from './assignment.js';

/**
 * What is known of events that failed, until their offsets are committed: everything since the last commit may run again because of others, and they go on
 * where they had come to.
 */
export class TriedEvents implements Tried {
  readonly #spent = new Map<string, Spent & { readonly at: Position }>();
  readonly #setAside = new Map<string, Position>();

  note(agent: string, at: Position, spent: Spent): void {
    this.#spent.set(keyOf(agent, at), { ...spent, at: positionOf(at) });
  }

  spent(agent: string, at: Position): Spent | undefined {
    return this.#spent.size === 0 ? undefined : this.#spent.get(keyOf(agent, at));
  }

  setAside(agent: string, at: Position): void {
    this.#setAside.set(keyOf(agent, at), positionOf(at));
  }

  isSetAside(agent: string, { topic, partition }: TopicPartition, offset: number): boolean {
    return this.#setAside.size > 0 && this.#setAside.has(keyOf(agent, { topic, partition, offset }));
  }

  /** Up to where a partition has events that were tried before; 0 when it has none. */
  until({ topic, partition }: TopicPartition): number {
    let until = 0;
    for (const { at } of this.#spent.values()) if (at.topic === topic && at.partition === partition) until = Math.max(until, at.offset + 1);
    return until;
  }

  /** Forgets those of partitions that went away: one that comes back begins as it would with another worker. */
  keepOnly(ours: Pick<Assignment, 'find'>): void {
    this.#forget((at) => ours.find(at) === undefined);
  }

  /** Forgets what is behind a committed offset. */
  forget({ topic, partition, offset }: Position): void {
    this.#forget((at) => at.topic === topic && at.partition === partition && at.offset < offset);
  }

  #forget(isGone: (at: Position) => boolean): void {
    for (const [key, { at }] of this.#spent) if (isGone(at)) this.#spent.delete(key);
    for (const [key, at] of this.#setAside) if (isGone(at)) this.#setAside.delete(key);
  }
}

function keyOf(agent: string, at: Position): string {
  return `${agent} ${formatPosition(at)}`;
}

function positionOf({ topic, partition, offset }: Position): Position {
  return { topic, partition, offset };
}
