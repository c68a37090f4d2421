import type { Position } from '../positions/index.js';

/** A topic to be created. */
export interface NewTopic {
  readonly name: string;
  /** −1 is the broker's default. */
  readonly partitions: number;
  /** −1 is the broker's default. */
  readonly replicas: number;
  /** Kafka's topic settings, such as `cleanup.policy`. */
  readonly config: Readonly<Record<string, string>>;
  /** Further ones, which are left out where the broker does not know them. */
  readonly wishes?: Readonly<Record<string, string>>;
}

/** What is known of an existing topic. */
export interface TopicInfo {
  readonly name: string;
  readonly partitions: number;
}

/** Whether a consumer group has members; or none, and offsets or nothing but its name; or is not known to the broker. */
export type GroupState = 'active' | 'empty' | 'none';

/** Asks for and changes what the cluster holds. */
export interface Admin {
  /** Every topic, by name; the broker's own (`__…`) left out. */
  topics(): Promise<readonly TopicInfo[]>;
  /** The topics that exist among these names. */
  describe(names: readonly string[]): Promise<readonly TopicInfo[]>;
  /**
   * What tells topics from others of the same names that were deleted before (KIP-516). Those that do not exist are left out, and all where the broker does not
   * tell.
   */
  topicIds(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Creates topics. One that exists already is left as it is. */
  create(topics: readonly NewTopic[]): Promise<void>;
  /**
   * The settings of topics as the broker has them, also those that nobody has set. Topics that it does not tell of are left out: they do not exist, or this
   * client may not ask. Missing where the client cannot ask for settings.
   */
  readonly configs?: (names: readonly string[]) => Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /**
   * Sets settings of a topic, and leaves its others as they are.
   * @throws TransportError `OPERATION_UNSUPPORTED` where the client cannot; `TOPIC_UNWRITABLE` where the broker refuses
   */
  alterConfigs(topic: string, settings: Readonly<Record<string, string>>): Promise<void>;
  /** Adds partitions to a topic, up to a number. @throws TransportError as `alterConfigs` */
  addPartitions(topic: string, partitions: number): Promise<void>;
  /** Deletes topics with all that is in them; resolves when no broker tells of them any more. Those that do not exist are left out. */
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Members count, too, while they are away for less than their session. Missing where the broker does not tell. */
  groupState?(group: string): Promise<GroupState>;
  /** Deletes a group with its offsets. @throws TransportError `GROUP_ACTIVE` when it has members: nothing is deleted then */
  deleteGroup(group: string): Promise<void>;
  /** Deletes what lies in partitions before an offset each, for everybody and for good. Missing where messages go with the process. */
  deleteRecords?(before: readonly Position[]): Promise<void>;
  close(): Promise<void>;
}
