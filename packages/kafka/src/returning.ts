import { formatPosition, type TopicPartition } from '@weir/core/internal/positions';
import type { Cancel, Clock } from '@weir/core/internal/time';
import type { MembershipNotes } from '@weir/core/internal/transport';
import type { DriverProperties } from './driver-types.js';
import { plain } from './partitions.js';

/** What librdkafka has them at. */
const defaults = { 'session.timeout.ms': 45_000, 'heartbeat.interval.ms': 3_000 };
/** How long after a heartbeat a member has joined that was told to. */
const joinMs = 2_000;

const unheard = 'the group has given it the same as before, and may not have heard that it left';

/** So many partitions are named in the log. */
const namedMax = 5;

export interface ReturningOptions {
  readonly former: MembershipNotes['former'];
  readonly properties: DriverProperties;
  readonly clock: Clock;
  /** What is subscribed to. */
  readonly topics: () => readonly string[];
  /** Told, with the reason, that the member has to leave the group and join again. */
  readonly overlooked: (why: string) => void;
}

/**
 * A member with a name that is back within its session is given what the group had meant for it, and the group is not rebalanced (KIP-345). Twice that is wrong:
 *
 * - It went between the two joins of a cooperative rebalance (KIP-429). The second of them never comes, and what it was to give up in the first belongs to nobody.
 * - It reads other topics than before. Nobody is given theirs.
 *
 * The first is known by its being given less than it had, without the group being rebalanced soon. With KIP-848 the broker sees to both.
 */
export class Returning {
  readonly #options: ReturningOptions;
  readonly #settleMs: number;
  readonly #isTwofold: boolean;
  readonly #sessionMs: number;
  #isBack = false;
  #isInDoubt = false;
  /** What it was given before it left the group to join again. */
  #before: string | undefined;
  #cancel: Cancel = () => {};

  constructor(options: ReturningOptions) {
    const { properties } = options;
    const ms = (name: keyof typeof defaults) => Number(properties[name] ?? defaults[name]);
    this.#options = options;
    this.#sessionMs = properties['group.protocol'] === 'consumer' ? 0 : ms('session.timeout.ms');
    this.#settleMs = ms('heartbeat.interval.ms') + joinMs;
    this.#isTwofold = String(properties['partition.assignment.strategy']).includes('cooperative');
  }

  /** Whether what the process before had may belong to nobody. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** It joins the group. */
  joins(): void {
    const { former, clock } = this.#options;
    this.#isBack = former !== undefined && clock.now() - former.seenAt < this.#sessionMs;
    this.#isInDoubt = this.#isBack;
  }

  /** The group gives partitions; the first time they are all that this member has. */
  given(partitions: readonly TopicPartition[]): void {
    // A second time the group has been rebalanced.
    this.#cancel();
    const given = partitions.map((at) => formatPosition(plain(at))).sort();
    const why = this.#isBack ? this.#overlooked(given) : this.#unheard(given);
    this.#isBack = false;
    this.#before = undefined;
    this.#isInDoubt = why !== undefined;
    if (why === undefined) return;
    this.#cancel = this.#options.clock.after(this.#settleMs, () => {
      if (why !== unheard) this.#before = given.join();
      this.#options.overlooked(why);
    });
  }

  stop(): void {
    this.#isBack = false;
    this.#before = undefined;
    this.#cancel();
  }

  /** A client leaves without a word while it has no coordinator, and is given the same again. That is tried once more. */
  #unheard(given: readonly string[]): string | undefined {
    return given.join() === this.#before ? unheard : undefined;
  }

  /** What the group has overlooked, if so. */
  #overlooked(partitions: readonly string[]): string | undefined {
    const { former, topics } = this.#options;
    const had = new Set(former?.topics);
    const isOther = had.size !== topics().length || topics().some((topic) => !had.has(topic));
    if (isOther) return 'this worker reads other topics than the process that had its name before';
    const given = new Set(partitions);
    const missing = former?.partitions.map(formatPosition).filter((at) => !given.has(at)) ?? [];
    if (!this.#isTwofold || missing.length === 0) return undefined;
    const those = missing.length > namedMax ? `${missing.slice(0, namedMax).join(', ')}, …` : missing.join(', ');
    return `the process that had this worker's name before had more than it is given (${missing.length}: ${those}); they may belong to nobody`;
  }
}
