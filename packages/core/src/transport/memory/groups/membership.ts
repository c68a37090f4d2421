import { asError, TransportError } from '../../../errors/index.js';
import type { TopicPartition } from '../../../positions/index.js';
import type { AssignmentListener } from '../../consumer.js';
import { type Subscription, takesIn } from '../../subscription.js';
import type { TopicSets } from '../../topic-sets.js';
import { macrotask, never } from '../breather.js';
import { type Fetches, named } from '../logs/fetches.js';
import type { PartitionLog } from '../logs/partition-log.js';
import type { Topics } from '../logs/topics.js';
import type { Group, Member } from './group.js';

export interface MembershipOptions {
  readonly group: Group;
  readonly fetches: Fetches;
  readonly instance: string | undefined;
  readonly sets: TopicSets;
  readonly topics: Topics;
  readonly internal: readonly string[] | undefined;
  /** The member is broken for good. */
  readonly failed: (error: TransportError) => void;
}

/** A consumer's part in its group: turns what the group decides into calls of the listener. */
export class MemoryMembership implements Member {
  readonly #options: MembershipOptions;
  #subscription: Subscription = [];
  #listener: AssignmentListener | undefined;
  #isGone = false;
  /** The partitions that there were before it joined the group: those without an offset begin where the consumer says, all others at their beginning. */
  #before: ReadonlySet<PartitionLog> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get instance(): string | undefined {
    return this.#options.instance;
  }

  get hasSubscribed(): boolean {
    return this.#listener !== undefined;
  }

  subscribe(subscription: Subscription, listener: AssignmentListener): void {
    const isNew = !this.hasSubscribed;
    this.#before ??= new Set(this.#options.topics.all().flatMap(({ logs }) => logs));
    this.#subscription = subscription;
    this.#listener = listener;
    if (isNew) this.#options.group.join(this);
    else this.#options.group.refresh();
  }

  /** Hands over everything. */
  async leave(): Promise<void> {
    await this.#options.group.leave(this);
    this.#isGone = true;
  }

  /** Is gone from now on, without a word to the group: the listener hears of nothing any more. */
  crash(): void {
    this.#isGone = true;
    this.#options.group.crash(this);
  }

  wants(topic: string): boolean {
    return !this.#options.sets.follows(topic) && takesIn(this.#subscription, topic, this.#options.internal);
  }

  leadOf({ topic, partition }: TopicPartition): PartitionLog | undefined {
    const { sets, topics } = this.#options;
    return topics.find({ topic: sets.leadOf(topic), partition });
  }

  /** What follows is read on by its name, as Kafka's client does: the group looks after leads only. */
  topicsChanged(): void {
    const { fetches, sets, topics } = this.#options;
    for (const log of fetches.logs) {
      const now = topics.find(log);
      if (sets.follows(log.topic) && now !== undefined && now !== log) fetches.replace(log, now);
    }
  }

  async take(given: readonly PartitionLog[]): Promise<void> {
    const { fetches, group } = this.#options;
    const logs = this.#whole(given);
    for (const log of logs) fetches.add(log, group.offset(log) ?? (this.#before?.has(log) === false ? log.low : undefined));
    await this.#tell((listener) => listener.assigned(logs.map(named)));
    await this.#tell((listener) => listener.begins?.(group.positions(logs)));
    for (const log of logs) fetches.release(log);
  }

  /** The listener is called after a poll that was answered already has been seen by its caller: no message comes after the call. */
  async release(given: readonly PartitionLog[]): Promise<void> {
    const { fetches } = this.#options;
    for (const log of this.#held(given)) fetches.hold(log);
    await macrotask();
    const held = this.#held(given);
    if (held.length > 0) await this.#tell((listener) => listener.revoked(held.map(named)));
    for (const log of held) fetches.remove(log);
  }

  lose(given: readonly PartitionLog[]): void {
    const held = this.#held(given);
    for (const log of held) this.#options.fetches.remove(log);
    if (held.length > 0 && !this.#isGone) this.#listener?.lost(held.map(named));
  }

  fence(): void {
    this.fail(
      new TransportError(
        `another member "${this.instance}" of group "${this.#options.group.name}" has taken over; give every worker its own member id`,
        {
          code: 'CLIENT_FATAL',
          fatal: true,
        },
      ),
    );
  }

  fail(error: TransportError): void {
    if (this.#isGone) return;
    this.crash();
    this.#options.failed(error);
    this.#listener?.failed(error);
  }

  /** Those that the group gives, and what follows them and exists. */
  #whole(given: readonly PartitionLog[]): PartitionLog[] {
    const { sets, topics } = this.#options;
    return given.flatMap((log) => [
      log,
      ...sets
        .whole([log])
        .slice(1)
        .flatMap((at) => topics.find(at) ?? []),
    ]);
  }

  /** What is read of those that the group takes, and of what follows them. */
  #held(given: readonly PartitionLog[]): PartitionLog[] {
    const { fetches, sets } = this.#options;
    return given.flatMap((log) => {
      const following = fetches.logs.filter(
        ({ topic, partition }) => topic !== log.topic && sets.leadOf(topic) === log.topic && partition === log.partition,
      );
      return fetches.has(log) ? [log, ...following] : following;
    });
  }

  /** Calls the listener. One that throws has broken its word, and the client with it. */
  async #tell(call: (listener: AssignmentListener) => void | Promise<void>): Promise<void> {
    if (this.#listener === undefined || this.#isGone) return;
    try {
      await call(this.#listener);
    } catch (thrown) {
      this.fail(new TransportError('the assignment listener threw', { code: 'CLIENT_FATAL', fatal: true, cause: asError(thrown) }));
    }
    if (this.#isGone) await never();
  }
}
