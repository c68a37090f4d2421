import type { OpenTransaction, Spent } from '../agents/index.js';
import { formatPosition, type Position, reason } from '../errors/index.js';
import { TriedEvents } from './tried-events.js';

/** The tries of events whose transactions were aborted because of them: without it a failing event would be retried for ever. */
export class UndoneTries extends TriedEvents implements OpenTransaction {
  /** @param doom has the transaction aborted and everything begun again from what is committed */
  constructor(private readonly doom: (why: Error) => void) {
    super();
  }

  undo(agent: string, at: Position, error: unknown, spent?: Spent): void {
    if (spent !== undefined) this.note(agent, at, { ...spent, hasUndone: true });
    this.doom(new Error(`${agent} failed on ${formatPosition(at)} after it had sent something: ${reason(error)}`));
  }
}
