import { formatPosition, type Position, type TopicPartition } from '../positions/index.js';

/** What an event has behind it that is not at its end. */
export interface RetryState {
  /** Attempts that count. */
  readonly tries: number;
  /** What the last one failed with. */
  readonly error: unknown;
  /** When the next one is due, if its wait had begun. */
  readonly retryAt?: number;
  /** Whether the last one had its transaction aborted: what is done by now is then committed before the next one. */
  readonly hasAborted?: boolean;
  /** How its dead letter goes out next, which was refused: alone, for it may have been for another's sake; then alone and with the time of now. */
  readonly letter?: 'alone' | 'alone and now';
  /** At least once: its dead letter is written, and nothing more is to be done for it, though its lane was given up before that was known. */
  readonly isSetAside?: boolean;
}

/** The retries of events that a rewind has taken away from their lanes: they go on where they were. */
export class RetryStates {
  readonly #states = new Map<string, RetryState & { readonly at: Position }>();

  keep(agent: string, at: Position, state: RetryState): void {
    this.#states.set(keyOf(agent, at), { ...state, at: { topic: at.topic, partition: at.partition, offset: at.offset } });
  }

  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  of(agent: string, at: Position): RetryState | undefined {
    return this.#states.size === 0 ? undefined : this.#states.get(keyOf(agent, at));
  }

  /** An event has come to its end. */
  forget(agent: string, at: Position): void {
    if (this.#states.size > 0) this.#states.delete(keyOf(agent, at));
  }

  /** Whether an agent has any on a partition. */
  has(agent: string, { topic, partition }: TopicPartition): boolean {
    if (this.#states.size === 0) return false;
    const name = `${agent} ${formatPosition({ topic, partition })}@`;
    return [...this.#states.keys()].some((key) => key.startsWith(name));
  }

  /** Forgets those of partitions that are no longer there: one that comes back begins as it would with another worker. */
  keepOnly(isOurs: (at: TopicPartition) => boolean): void {
    for (const [key, { at }] of this.#states) if (!isOurs(at)) this.#states.delete(key);
  }

  /** Forgets what lies behind a committed offset. */
  forgetBefore({ topic, partition, offset }: Position): void {
    for (const [key, { at }] of this.#states)
      if (at.topic === topic && at.partition === partition && at.offset < offset) this.#states.delete(key);
  }
}

function keyOf(agent: string, at: Position): string {
  return `${agent} ${formatPosition(at)}`;
}
