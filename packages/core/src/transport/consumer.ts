import type { TransportError } from '../errors/index.js';
import type { Position, TopicPartition } from '../positions/index.js';
import type { Batch } from './batch.js';
import type { Subscription } from './subscription.js';

/** What a consumer is opened with. */
export interface ConsumerOptions {
  /** The group that shares the partitions and keeps the offsets. */
  readonly group: string;
  /** Where a partition without a committed offset starts, whatever the properties of the client say. @default what these say, or 'earliest' */
  readonly startAt?: 'earliest' | 'latest';
  /** Topics that no pattern of a subscription takes in, beside the broker's own. @default none */
  readonly internal?: readonly string[];
  /** A stable member id: a restart within the session keeps its partitions (`group.instance.id`). */
  readonly member?: string;
  /** Where a named member keeps what it has: one that is back may find that the group took no notice of its having been away. */
  readonly membership?: MembershipNotes;
  /** Whether a named member gives up its membership when it closes, as one without a name does. @default false */
  readonly leaves?: boolean;
  /**
   * Sets of co-partitioned topics: the partitions of one number of all topics of a set come and go together (`TopicSets`). The group divides those of the first.
   * A subscription takes in all of a set, or none. The same for all members of a group. @default none
   */
  readonly sets?: readonly (readonly string[])[];
  /** The most messages one `poll` returns. @default 1000 */
  readonly maxPollMessages?: number;
}

/** What a member has in its group. */
export interface Membership {
  /** It wants partitions of these. */
  readonly topics: readonly string[];
  readonly partitions: readonly TopicPartition[];
}

/** Keeps the membership of a named member from one process to the next. */
export interface MembershipNotes {
  /** That of the process before, and when it was last alive, in milliseconds since 1970. */
  readonly former: (Membership & { readonly seenAt: number }) | undefined;
  /**
   * Told of every change. Must not throw.
   * @param isAgreed whether the group goes by it: else what was kept before stays beside it, for the process may end at once
   */
  keep(membership: Membership, isAgreed: boolean): void;
  /** The group may not hear that the member leaves. */
  unheard(): void;
}

/** How far a group has come with a partition: the offset to read next, and what was noted beside it. */
export interface GroupPosition extends Position {
  /** Up to 4096 bytes of text (`offset.metadata.max.bytes`). */
  readonly metadata?: string;
}

/** Told of every change of the assignment. None of these may throw. */
export interface AssignmentListener {
  /**
   * Partitions are ours from now on; the first of their messages comes after this has resolved. Without any, the group has nothing for us, as when it has more
   * members than partitions.
   */
  assigned(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Where the group had come to with some of them; before their first message, after `assigned`. Those that begin elsewhere are not told. */
  begins?(positions: readonly GroupPosition[]): void;
  /** Partitions are to be handed over: when this resolves they are released. Until then `commit` works for them. No message of theirs comes after the call. */
  revoked(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** Partitions are gone already; a commit for them is refused. */
  lost(partitions: readonly TopicPartition[]): void;
  /** The client is broken for good. */
  failed(error: TransportError): void;
}

/** First offset that can be read, and the offset after the last message that is not behind an open transaction. */
export interface Watermarks {
  readonly low: number;
  readonly high: number;
}

/**
 * A member of a consumer group, from `subscribe` on; one per worker. Before that it may ask what the group has, and the broker takes its offsets while the
 * group has no members. It gives out no messages of open or aborted transactions.
 */
export interface Consumer {
  /** Joins the group and asks for partitions. Resolves when the request is made, not when partitions arrive. */
  subscribe(topics: Subscription, listener: AssignmentListener): Promise<void>;
  /**
   * The next messages, as one batch for each partition. Waits for some while there are none, at most a second or until `wake`, and then
   * answers with an empty list. Must be called again and again, also while every partition is paused: the group is kept alive by it.
   * Messages that are not asked for stay with the broker: not calling it is the back-pressure. Never two calls at a time.
   */
  poll(): Promise<readonly Batch[]>;
  /** Ends a waiting `poll`. */
  wake(): void;
  /** No message of these partitions comes until `resume`. Costs what was fetched ahead: for long stalls, not for throttling. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Reads on from these offsets. After it resolves no message from before comes. */
  seek(positions: readonly Position[]): Promise<void>;
  /** Gives the group the offsets to read next, with what is noted beside them. Resolves when the broker has them; rejects with `COMMIT_FAILED` when the group has moved on. */
  commit(offsets: readonly GroupPosition[]): Promise<void>;
  /** The group's offsets, with what is noted beside them; −1 for a partition without one. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]>;
  watermarks(partition: TopicPartition): Promise<Watermarks>;
  /** Hands over every partition (the listener hears of it), leaves the group and closes. Safe to call twice and with the broker gone. */
  close(): Promise<void>;
}
