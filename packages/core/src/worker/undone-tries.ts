import type { OpenTransaction } from '../agents/index.js';
import { formatPosition, type Position, reason, type TopicPartition } from '../errors/index.js';
import type { Assignment } from './assignment.js';

type Spent = NonNullable<ReturnType<OpenTransaction['spent']>>;

/** The tries of events whose transactions were aborted because of them: without it a failing event would be retried for ever. */
export class UndoneTries implements OpenTransaction {
  readonly #spent = new Map<string, Spent & { readonly at: Position }>();

  /** @param doom has the transaction aborted and everything begun again from what is committed */
  constructor(private readonly doom: (why: Error) => void) {}

  note(agent: string, at: Position, spent: Spent): void {
    this.#spent.set(keyOf(agent, at), { ...spent, at: { topic: at.topic, partition: at.partition, offset: at.offset } });
  }

  undo(agent: string, at: Position, error: unknown, spent?: Spent): void {
    if (spent !== undefined) this.note(agent, at, { ...spent, hasUndone: true });
    this.doom(new Error(`${agent} failed on ${formatPosition(at)} after it had sent something: ${reason(error)}`));
  }

  spent(agent: string, at: Position): Spent | undefined {
    return this.#spent.size === 0 ? undefined : this.#spent.get(keyOf(agent, at));
  }

  /** Up to where a partition has events that were tried before; 0 when it has none. */
  until({ topic, partition }: TopicPartition): number {
    let until = 0;
    for (const { at } of this.#spent.values()) if (at.topic === topic && at.partition === partition) until = Math.max(until, at.offset + 1);
    return until;
  }

  /** Forgets those of partitions that went away: one that comes back begins as it would with another worker. */
  keepOnly(ours: Pick<Assignment, 'find'>): void {
    for (const [key, { at }] of this.#spent) if (ours.find(at) === undefined) this.#spent.delete(key);
  }

  /** Forgets what is behind a committed offset. */
  forget({ topic, partition, offset }: Position): void {
    for (const [key, { at }] of this.#spent)
      if (at.topic === topic && at.partition === partition && at.offset < offset) this.#spent.delete(key);
  }
}

function keyOf(agent: string, at: Position): string {
  return `${agent} ${formatPosition(at)}`;
}
