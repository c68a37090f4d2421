import type { TransportError } from '../../errors/index.js';
import type { Position, TopicPartition } from '../../positions/index.js';
import type { AssignmentListener, Consumer } from '../consumer.js';
import { label, messagesOf, type Read, valuesOf } from './read.fixture.js';

/** What a test does when partitions come and go. */
export interface PollingHooks {
  readonly assigned?: (partitions: readonly TopicPartition[], reader: PollingConsumer) => void | Promise<void>;
  readonly revoked?: (partitions: readonly TopicPartition[], reader: PollingConsumer) => void | Promise<void>;
}

/** Polls a member of a group in the background, which keeps it in the group, and keeps what comes. */
export class PollingConsumer implements AssignmentListener {
  readonly messages: Read[] = [];
  /** Everything that was polled or heard, in order. */
  readonly history: string[] = [];
  readonly owned = new Set<string>();
  readonly polls: number[] = [];
  error: unknown;
  readonly #tell: () => void;
  readonly #hooks: PollingHooks;
  #loop: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    readonly consumer: Consumer,
    tell: () => void,
    hooks: PollingHooks = {},
  ) {
    this.#tell = tell;
    this.#hooks = hooks;
  }

  start(): void {
    this.#isStopped = false;
    this.#loop = this.#poll();
  }

  /** Ends polling; the consumer stays open. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.consumer.wake();
    await this.#loop;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.consumer.close();
  }

  /** Values as text in the order they came, of one partition or of all. */
  values(partition?: number): readonly (string | null)[] {
    return valuesOf(this.messages, partition);
  }

  /** The offset after the last message of each partition that was read. */
  positions(partitions?: readonly TopicPartition[]): readonly Position[] {
    const next = new Map<string, Position>();
    for (const { topic, partition, offset } of this.messages)
      next.set(label({ topic, partition }), { topic, partition, offset: offset + 1 });
    const wanted = partitions?.map(label);
    return [...next].filter(([at]) => wanted?.includes(at) ?? true).map(([, position]) => position);
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#hooks.assigned?.(partitions, this);
    for (const at of partitions) {
      this.owned.add(label(at));
      this.history.push(`assigned ${label(at)}`);
    }
    this.#tell();
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    for (const at of partitions) this.history.push(`revoking ${label(at)}`);
    await this.#hooks.revoked?.(partitions, this);
    for (const at of partitions) {
      this.owned.delete(label(at));
      this.history.push(`revoked ${label(at)}`);
    }
    this.#tell();
  }

  lost(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      this.owned.delete(label(at));
      this.history.push(`lost ${label(at)}`);
    }
    this.#tell();
  }

  failed(error: TransportError): void {
    this.error = error;
    this.#tell();
  }

  toString(): string {
    return `${this.messages.length} messages read, [${[...this.owned].sort().join(' ')}] owned, ${this.history.slice(-8).join(', ')}`;
  }

  async #poll(): Promise<void> {
    try {
      while (!this.#isStopped) {
        const polled = messagesOf(await this.consumer.poll());
        this.polls.push(polled.length);
        for (const message of polled) {
          this.messages.push(message);
          this.history.push(`read ${label(message)}@${message.offset}`);
        }
        this.#tell();
      }
    } catch (thrown) {
      this.error = thrown;
      this.#tell();
    }
  }
}

/** Takes note of nothing. */
export const ignoring: AssignmentListener = {
  assigned: () => undefined,
  revoked: () => undefined,
  lost: () => undefined,
  failed: () => undefined,
};
