import { TransportError } from '../../errors/index.js';
import type { TopicPartition } from '../../positions/index.js';
import type { Cancel } from '../../time/index.js';
import type { Outgoing } from '../producer.js';
import type { Activity } from './activity.js';
import type { Group } from './groups/group.js';
import type { PartitionLog } from './logs/partition-log.js';
import type { Topics } from './logs/topics.js';

/** What faults are done to. */
export interface FaultsOptions {
  readonly topics: Topics;
  readonly activity: Activity;
  readonly groups: () => Iterable<Group>;
  /** Delivers to every consumer again what it got last. */
  readonly repeat: (messages: number) => void;
  readonly fence: (transactionalId: string) => void;
  readonly expire: () => void;
  /** Breaks every client for good. */
  readonly fail: (error: TransportError) => void;
  /** What had to wait may be tried again. */
  readonly retry: () => void;
}

/** Everything that can go wrong with a broker, on request. All but `down`, `freeze`, `delayProduce` and `failPolls` happen once. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #frozen = new Set<PartitionLog>();
  readonly #refusals = new Set<(message: Outgoing) => Error | undefined>();
  #commitsToDrop = 0;
  #produceDelayMs = 0;
  #pollError: Error | undefined;
  #isDown = false;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** The broker is gone until `up`: calls that need it (all but `seek`) reject with `BROKER_UNREACHABLE`, polls give nothing, what is produced waits, nobody is assigned anything. */
  down(): void {
    this.#isDown = true;
    this.#options.activity.note();
  }

  up(): void {
    this.#isDown = false;
    this.#retry();
  }

  /** No message of a partition is served until `thaw`. Its watermarks move on. */
  freeze(partition: TopicPartition): void {
    this.#frozen.add(this.#options.topics.log(partition));
    this.#options.activity.note();
  }

  thaw(partition: TopicPartition): void {
    this.#frozen.delete(this.#options.topics.log(partition));
    this.#options.activity.note();
  }

  /** The next commits, so many, are not stored and reject with a retriable `COMMIT_FAILED`; a transaction is aborted. */
  dropCommits(count: number): void {
    this.#commitsToDrop = count;
  }

  /**
   * The broker refuses messages: the next so many, or those that a predicate picks, until it is taken back.
   * @param error what the message fails with. @default a `DELIVERY_FAILED` that cannot be retried
   * @returns takes it back
   */
  failProduce(which: number | ((message: Outgoing) => boolean), error: Error = refusal()): Cancel {
    let left = typeof which === 'number' ? which : Number.POSITIVE_INFINITY;
    const refuse = (message: Outgoing) => {
      if (left <= 0 || (typeof which === 'function' && !which(message))) return undefined;
      left--;
      return error;
    };
    this.#refusals.add(refuse);
    return () => void this.#refusals.delete(refuse);
  }

  /** What is handed over from now on reaches the broker so many milliseconds later, on the clock. 0 ends it. */
  delayProduce(ms: number): void {
    this.#produceDelayMs = ms;
  }

  /** Every poll rejects with this error, until `failPolls(undefined)`. */
  failPolls(error: Error | undefined): void {
    this.#pollError = error;
    this.#options.activity.note();
  }

  /** Every consumer gets the last messages it was given, so many, once more. */
  duplicate(messages: number): void {
    this.#options.repeat(messages);
    this.#options.activity.note();
  }

  /** Takes partitions from their holders in order (`revoked` is awaited), and assigns them anew. */
  revokeNow(partitions: readonly TopicPartition[]): void {
    const logs = partitions.map((at) => this.#options.topics.log(at));
    for (const group of this.#options.groups()) group.evict(logs);
  }

  /** Takes partitions from their holders without asking (`lost`), and assigns them anew. */
  losePartition(...partitions: readonly TopicPartition[]): void {
    const logs = partitions.map((at) => this.#options.topics.log(at));
    for (const group of this.#options.groups()) group.drop(logs);
  }

  /** Fences the producer with this transactional id off, as if another had taken over. Its open transaction is aborted. */
  fenceProducer(transactionalId: string): void {
    this.#options.fence(transactionalId);
    this.#options.activity.note();
  }

  /** Aborts every transaction that has messages, as the broker does with those open for longer than `transaction.timeout.ms`. */
  expireTransactions(): void {
    this.#options.expire();
    this.#options.activity.note();
  }

  /** Breaks every consumer and reader for good: `failed` is called, polls reject. */
  failClients(error: TransportError): void {
    this.#options.fail(error);
    this.#options.activity.note();
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  get produceDelayMs(): number {
    return this.#produceDelayMs;
  }

  get pollError(): Error | undefined {
    return this.#pollError;
  }

  isFrozen(log: PartitionLog): boolean {
    return this.#frozen.has(log);
  }

  /** Why a message is refused; `undefined` when it is not. */
  refusal(message: Outgoing): Error | undefined {
    for (const refuse of this.#refusals) {
      const error = refuse(message);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** @throws TransportError retriable `BROKER_UNREACHABLE` while the broker is down */
  checkUp(): void {
    if (this.#isDown) throw new TransportError('the in-memory broker is down', { code: 'BROKER_UNREACHABLE', retriable: true });
  }

  /** @throws TransportError retriable `COMMIT_FAILED` when this commit is to be dropped */
  checkCommit(): void {
    if (this.#commitsToDrop <= 0) return;
    this.#commitsToDrop--;
    throw new TransportError('the commit was lost on its way to the broker', { code: 'COMMIT_FAILED', retriable: true });
  }

  #retry(): void {
    this.#options.activity.note();
    this.#options.retry();
    for (const group of this.#options.groups()) group.resume();
  }
}

function refusal(): TransportError {
  return new TransportError('the broker refused the message', { code: 'DELIVERY_FAILED' });
}
