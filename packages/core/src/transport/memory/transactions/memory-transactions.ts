import { asError, LifecycleError, reason, TransportError } from '../../../errors/index.js';
import type { Consumer, GroupPosition } from '../../consumer.js';
import type { Transactions } from '../../producer.js';
import { never } from '../breather.js';
import type { Cluster } from '../cluster.js';
import { MemoryConsumer } from '../memory-consumer.js';
import type { Fenceable } from './coordinator.js';
import { Transaction } from './transaction.js';

/** The producer of a transaction. */
export interface Writer {
  flush(): Promise<void>;
  /** Takes back what was not delivered yet. */
  discard(): void;
}

/** The transactions of one producer. */
export class MemoryTransactions implements Transactions, Fenceable {
  readonly #cluster: Cluster;
  readonly #writer: Writer;
  readonly #id: string;
  readonly #isSole: boolean;
  #open: Transaction | undefined;
  #isFenced = false;
  #state: 'open' | 'closed' | 'crashed' = 'open';

  constructor(cluster: Cluster, writer: Writer, transactionalId: string, isSole: boolean) {
    this.#cluster = cluster;
    this.#writer = writer;
    this.#id = transactionalId;
    this.#isSole = isSole;
    this.#claim();
  }

  #claim(): void {
    this.#cluster.coordinator.claim(this.#id, this);
    this.#isFenced = false;
  }

  get isInTransaction(): boolean {
    return this.#open?.isOpen === true && this.#open.hasMessages;
  }

  /** The transaction that a message belongs to. @throws LifecycleError when none has begun */
  current(): Transaction {
    if (this.#open === undefined) {
      this.checkFence();
      throw new LifecycleError('a transactional producer writes within a transaction only; call begin first');
    }
    return this.#open;
  }

  /** @throws TransportError `PRODUCER_FENCED` */
  checkFence(): void {
    if (!this.#isFenced) return;
    if (this.#isSole)
      throw new TransportError('the broker has ended the transaction, which was open for too long', { code: 'TRANSACTION_ABORTED' });
    throw new TransportError(`another producer with the transactional id "${this.#id}" has taken over`, { code: 'PRODUCER_FENCED' });
  }

  async begin(): Promise<void> {
    await this.#check();
    this.checkFence();
    if (this.#open !== undefined) throw new LifecycleError('a transaction is open already; commit or abort it first');
    this.#open = new Transaction();
  }

  async commit(consumer?: Consumer, offsets: readonly GroupPosition[] = []): Promise<void> {
    const group = offsets.length === 0 ? undefined : own(consumer).group;
    const generation = group?.generation;
    await this.#check();
    const transaction = this.current();
    try {
      this.checkFence();
      await this.#writer.flush();
      // The offsets are those of the generation in which they were given: a partition may have been lost and have come back.
      if (group?.generation !== generation)
        throw new TransportError('the group has been rebalanced meanwhile', { code: 'COMMIT_FAILED', retriable: true });
      const claimed = offsets.length === 0 ? [] : own(consumer).claim(offsets);
      this.#cluster.faults.checkCommit();
      this.checkFence();
      this.#end('committed');
      if (claimed.length > 0) own(consumer).group.store(claimed);
    } catch (thrown) {
      if (this.#open === transaction) this.#end('aborted');
      this.checkFence();
      throw new TransportError(`the transaction was aborted: ${reason(thrown)}`, {
        code: 'TRANSACTION_ABORTED',
        cause: asError(thrown),
        retriable: true,
      });
    }
  }

  async abort(): Promise<void> {
    await this.#check();
    this.current();
    this.#end('aborted');
  }

  /** Who alone has the id hears of it when it goes on with the transaction. */
  fence(): void {
    this.#isFenced = true;
    if (this.#isSole) this.#open?.end('aborted', this.#cluster.clock.now());
    else if (this.#open !== undefined) this.#end('aborted', false);
  }

  /** The producer is gone: closed, or crashed, and then no call returns any more. */
  drop(state: 'closed' | 'crashed'): void {
    this.#state = state;
    if (this.#open !== undefined) this.#end('aborted');
  }

  #check(): Promise<void> | undefined {
    if (this.#state === 'crashed') return never();
    if (this.#state === 'closed') throw new LifecycleError('the producer is closed');
    this.#cluster.faults.checkUp();
    return undefined;
  }

  #end(outcome: 'committed' | 'aborted', discard = outcome === 'aborted'): void {
    const transaction = this.#open;
    this.#open = undefined;
    transaction?.end(outcome, this.#cluster.clock.now());
    if (discard) this.#writer.discard();
    if (this.#isFenced && this.#isSole) this.#claim();
    this.#cluster.activity.note();
  }
}

/** A consumer of this broker. */
function own(consumer: Consumer | undefined): MemoryConsumer {
  if (consumer instanceof MemoryConsumer) return consumer;
  throw new LifecycleError('a transaction takes offsets for a consumer of the same broker only');
}
