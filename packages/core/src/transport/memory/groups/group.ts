import { TransportError } from '../../../errors/index.js';
import { formatPosition, type TopicPartition } from '../../../positions/index.js';
import type { Clock } from '../../../time/index.js';
import type { GroupPosition } from '../../consumer.js';
import type { Activity } from '../activity.js';
import type { PartitionLog } from '../logs/partition-log.js';
import type { Topics } from '../logs/topics.js';
import { assignSticky, type Claim } from './assignors.js';
import { Handover, type Holder } from './handover.js';

/** A member as its group sees it. */
export interface Member extends Holder {
  /** Outlives a restart: who joins with the same one takes over. */
  readonly instance: string | undefined;
  /** Whether it asks the group for partitions of a topic. */
  wants(topic: string): boolean;
  /** The partition that one comes and goes with: itself, where it follows none. The group knows nothing of those that follow. */
  leadOf(at: TopicPartition): PartitionLog | undefined;
  topicsChanged(): void;
  /** Another member with the same instance has taken over. */
  fence(): void;
}

export interface GroupOptions {
  readonly name: string;
  readonly topics: Topics;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly isEager: boolean;
  /** How long the partitions of a crashed member wait for it. */
  readonly sessionTimeoutMs: number;
  /** How long an offset is kept that nobody commits again: of a topic that no member subscribes to, and of all while there is no member. */
  readonly offsetRetentionMs: number;
  readonly isDown: () => boolean;
}

/** An offset to be stored for a partition. */
export interface GroupOffset {
  readonly log: PartitionLog;
  readonly offset: number;
  readonly metadata?: string;
}

/** A consumer group: its members, who has which partition, and the offsets. */
export class Group {
  readonly #options: GroupOptions;
  readonly #handover: Handover<Member>;
  readonly #offsets = new Map<PartitionLog, GroupOffset & { readonly at: number }>();
  readonly #leaving = new Set<Member>();
  #members: readonly Member[] = [];
  #emptySince = Number.NEGATIVE_INFINITY;
  #generation = 0;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#handover = new Handover({ activity: options.activity, isEager: options.isEager, isHalted: options.isDown });
  }

  get name(): string {
    return this.#options.name;
  }

  /** Grows with every change of who shall have what. */
  get generation(): number {
    return this.#generation;
  }

  get isRebalancing(): boolean {
    return this.#handover.isMoving;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Takes in a member. One with the same instance is fenced off, and its partitions go to the new one at once. */
  join(member: Member): void {
    const old = member.instance === undefined ? undefined : this.#members.find(({ instance }) => instance === member.instance);
    const held = old === undefined ? undefined : this.#handover.shareOf(old);
    if (old === undefined) this.#members = [...this.#members, member];
    else this.#replace(old, member);
    this.#rebalance(held === undefined ? undefined : { member, held });
  }

  /** Hands over what a member has, then strikes it off. */
  async leave(member: Member): Promise<void> {
    if (!this.#members.includes(member)) return;
    this.#leaving.add(member);
    this.#rebalance();
    await this.#handover.emptied(member);
    this.#strike(member);
  }

  /** A member is gone without a word. Its partitions are free at once, or when its session ends. */
  crash(member: Member): void {
    if (!this.#members.includes(member)) return;
    this.#handover.silence(member);
    if (this.#options.sessionTimeoutMs === 0) this.#strike(member);
    else this.#options.clock.after(this.#options.sessionTimeoutMs, () => this.#strike(member));
  }

  /** Topics, partitions or subscriptions have changed. */
  refresh(): void {
    for (const member of this.#members) member.topicsChanged();
    if (this.#members.length > 0) this.#rebalance();
  }

  /** Goes on after a halt. */
  resume(): void {
    this.#handover.schedule();
  }

  /** Takes partitions from their holders in order, and gives them anew. */
  evict(logs: readonly PartitionLog[]): void {
    this.#generation++;
    this.#handover.evict(this.#leadsOf(logs));
  }

  /** Takes partitions from their holders without asking, and gives them anew. */
  drop(logs: readonly PartitionLog[]): void {
    this.#generation++;
    this.#handover.drop(this.#leadsOf(logs));
  }

  /** The offset that a partition is read from next; `undefined` when none was committed. */
  offset(log: PartitionLog): number | undefined {
    this.#expire();
    return this.#offsets.get(log)?.offset;
  }

  /** What was committed for partitions, where something was. */
  positions(logs: readonly PartitionLog[]): readonly GroupPosition[] {
    this.#expire();
    return logs.flatMap((log) => {
      const stored = this.#offsets.get(log);
      return stored === undefined ? [] : [{ topic: log.topic, partition: log.partition, offset: stored.offset, metadata: stored.metadata }];
    });
  }

  /** @throws TransportError `COMMIT_FAILED` when a partition is not, or not any more, the member's. Who is no member may commit while the group has none. */
  check(member: Member | undefined, partitions: readonly TopicPartition[]): readonly PartitionLog[] {
    return partitions.map((at) => {
      const log = this.#options.topics.find(at);
      if (log !== undefined && (member === undefined ? this.#members.length === 0 : this.#isOf(member, at))) return log;
      throw new TransportError(
        `group "${this.name}" refuses the offset of ${formatPosition(at)}: the partition is not this member's in generation ${this.#generation}`,
        { code: 'COMMIT_FAILED' },
      );
    });
  }

  store(offsets: readonly GroupOffset[]): void {
    for (const offset of offsets) this.#offsets.set(offset.log, { ...offset, at: this.#options.clock.now() });
    this.#options.activity.note();
  }

  /** Drops the offsets that are too old (`offsets.retention.minutes`). What members take in as followers is nothing that the group knows of. */
  #expire(): void {
    const { clock, offsetRetentionMs } = this.#options;
    for (const { log, at } of this.#offsets.values()) {
      const isSubscribed = this.#members.some((member) => member.wants(log.topic));
      const since = this.#members.length === 0 ? Math.max(at, this.#emptySince) : at;
      if (!isSubscribed && clock.now() - since >= offsetRetentionMs) this.#offsets.delete(log);
    }
  }

  #isOf(member: Member, at: TopicPartition): boolean {
    const lead = member.leadOf(at);
    return lead !== undefined && this.#handover.holder(lead) === member;
  }

  /** What the group divides of partitions: all members have the same sets. */
  #leadsOf(logs: readonly PartitionLog[]): PartitionLog[] {
    const [member] = this.#members;
    return [...new Set(logs.map((log) => member?.leadOf(log) ?? log))];
  }

  #replace(old: Member, member: Member): void {
    const held = this.#handover.heldBy(old);
    this.#members = this.#members.map((each) => (each === old ? member : each));
    this.#leaving.delete(old);
    this.#handover.forget(old);
    old.lose(held);
    old.fence();
  }

  #strike(member: Member): void {
    if (!this.#members.includes(member)) return;
    this.#expire();
    this.#members = this.#members.filter((each) => each !== member);
    if (this.#members.length === 0) this.#emptySince = this.#options.clock.now();
    this.#leaving.delete(member);
    this.#handover.forget(member);
    this.#rebalance();
  }

  /** Divides the partitions anew. `inherited` is what a member is to keep from the one it replaced. */
  #rebalance(inherited?: { readonly member: Member; readonly held: ReadonlySet<PartitionLog> }): void {
    this.#generation++;
    const staying = this.#members.filter((member) => !this.#leaving.has(member));
    const claims = staying.map(
      (member): Claim<Member> => ({
        member,
        wanted: this.#wanted(member),
        held: inherited?.member === member ? inherited.held : this.#handover.shareOf(member),
      }),
    );
    const shares = assignSticky(claims);
    for (const member of this.#leaving) shares.set(member, new Set());
    this.#handover.aim(shares);
  }

  #wanted(member: Member): ReadonlySet<PartitionLog> {
    return new Set(this.#options.topics.all().flatMap(({ name, logs }) => (member.wants(name) ? logs : [])));
  }
}
