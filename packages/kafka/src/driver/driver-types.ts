import type { EventEmitter } from 'node:events';

export const driverName = '@confluentinc/kafka-javascript';

/** The part of the driver that we use, with what its own declarations leave out (driver 1.10.1). */
export interface Driver {
  /** Without the second argument that it takes too: with one, even an empty one, properties of topics among the first have no effect. */
  readonly KafkaConsumer: new (
    properties: DriverProperties,
  ) => DriverConsumer;
  readonly Producer: new (properties: DriverProperties) => DriverProducer;
  readonly AdminClient: { createFrom(client: DriverClient): DriverAdmin };
  readonly librdkafkaVersion: string;
}

export type DriverProperties = Record<string, unknown>;

/** What callbacks and exceptions carry. `code` is librdkafka's; −1 where the driver lost it. */
export interface DriverError {
  readonly message: string;
  readonly code: number;
  readonly isFatal?: boolean;
  readonly isRetriable?: boolean;
  readonly isTxnRequiresAbort?: boolean;
}

export type Done<T = unknown> = (error: DriverError | null | undefined, result: T) => void;

export interface DriverPartition {
  readonly metadata?: string | null;
  topic: string;
  partition: number;
  offset?: number | null;
  error?: DriverError;
}

export interface DriverMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Bytes of the value. */
  readonly size: number;
  readonly headers?: readonly DriverHeader[];
}

/** One header: only the first property counts. */
export type DriverHeader = Readonly<Record<string, Buffer>>;

export interface DriverReport {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly timestamp?: number;
  readonly opaque?: unknown;
}

export interface DriverLog {
  /** As syslog counts: 3 is an error, 4 a warning, 7 debugging. */
  readonly severity: number;
  readonly fac: string;
  readonly message: string;
}

export interface DriverMetadata {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly unknown[] }[];
}

export interface DriverClient extends EventEmitter {
  connect(options: { allTopics: boolean; timeout: number }, done: Done<DriverMetadata>): void;
  /** Answers only the first call. */
  disconnect(done: Done): void;
  isConnected(): boolean;
  getMetadata(options: { topic?: string; allTopics: boolean; timeout: number }, done: Done<DriverMetadata>): void;
}

export interface DriverConsumer extends DriverClient {
  setDefaultConsumeTimeout(ms: number): void;
  subscribe(topics: readonly string[]): void;
  unsubscribe(): void;
  /** The topics it has subscribed to. Waits until the main thread of librdkafka answers. */
  subscription(): readonly string[];
  consume(max: number, done: Done<DriverMessage[]>): void;
  assign(partitions: readonly DriverPartition[]): void;
  unassign(): void;
  incrementalAssign(partitions: readonly DriverPartition[]): void;
  incrementalUnassign(partitions: readonly DriverPartition[]): void;
  /** What it has been told to read. */
  assignments(): readonly DriverPartition[];
  assignmentLost(): boolean;
  rebalanceProtocol(): 'NONE' | 'EAGER' | 'COOPERATIVE';
  pause(partitions: readonly DriverPartition[]): void;
  resume(partitions: readonly DriverPartition[]): void;
  seek(partition: DriverPartition, timeoutMs: number, done: Done): void;
  /** Answers at once; what the broker says comes through `offset_commit_cb`. */
  commit(offsets: readonly DriverPartition[]): void;
  committed(partitions: readonly DriverPartition[], timeoutMs: number, done: Done<DriverPartition[]>): void;
  /** Asks the leaders of partitions. `offset` is a time; −1 is the end. */
  offsetsForTimes(times: readonly DriverPartition[], timeoutMs: number, done: Done<readonly DriverPartition[]>): void;
  queryWatermarkOffsets(topic: string, partition: number, timeoutMs: number, done: Done<{ lowOffset: number; highOffset: number }>): void;
}

export interface DriverProducer extends DriverClient {
  setPollInBackground(on: boolean): void;
  /** Takes the message or throws. A key or value must not be a buffer without memory behind it: see `payload.ts`. */
  produce(
    topic: string,
    partition: number | null,
    value: Buffer | null,
    key: Buffer | null,
    timestamp?: number | null,
    opaque?: unknown,
    headers?: readonly DriverHeader[],
  ): void;
  flush(timeoutMs: number, done: Done): void;
  disconnect(flushTimeoutMs: number | Done, done?: Done): void;
  initTransactions(timeoutMs: number, done: Done): void;
  beginTransaction(done: Done): void;
  commitTransaction(timeoutMs: number, done: Done): void;
  abortTransaction(timeoutMs: number, done: Done): void;
  sendOffsetsToTransaction(offsets: readonly DriverPartition[], consumer: DriverConsumer, timeoutMs: number, done: Done): void;
}

/** What the admin client tells of a topic. */
export interface DriverTopic {
  readonly name: string;
  readonly topicId?: { readonly base64: string };
  readonly error?: DriverError;
}

/** What the admin client tells of groups. */
export interface DriverGroups {
  /** States are numbers of librdkafka: 1 preparing a rebalance, 2 completing it, 3 stable, 4 dead, 5 empty, 0 another (KIP-848: assigning, reconciling). */
  readonly groups: readonly { readonly groupId: string; readonly state: number }[];
  readonly errors: readonly DriverError[];
}

/** What the admin client tells of one place of a log. */
export interface DriverOffset extends Required<Pick<DriverPartition, 'topic' | 'partition'>> {
  readonly offset: number;
  readonly error?: DriverError;
}

export interface DriverAdmin {
  /** @param partitions the offset is −2 for the first one that can be read, −1 for the end. None of them twice */
  listOffsets(
    partitions: readonly { topic: string; partition: number; offset: { readonly timestamp: number } }[],
    options: { readonly timeout: number; readonly isolationLevel: 0 | 1 },
    done: Done<readonly DriverOffset[]>,
  ): void;
  /** Unlike `describeGroups`, which ends the process where it is refused one. */
  listGroups(options: { readonly timeout: number }, done: Done<DriverGroups>): void;
  describeTopics(topics: readonly string[], options: { readonly timeout: number }, done: Done<readonly DriverTopic[]>): void;
  deleteRecords(
    before: readonly { topic: string; partition: number; offset: number }[],
    options: { readonly timeout: number; readonly operationTimeout: number },
    done: Done<readonly { readonly topic: string; readonly partition: number; readonly error?: DriverError }[]>,
  ): void;
  createPartitions(topic: string, total: number, timeoutMs: number, done: Done): void;
  deleteTopic(topic: string, timeoutMs: number, done: Done): void;
  deleteGroups(
    groups: readonly string[],
    options: { readonly timeout: number },
    done: Done<readonly { readonly name: string; readonly error?: DriverError }[]>,
  ): void;
  createTopic(
    topic: { topic: string; num_partitions: number; replication_factor: number; config: Readonly<Record<string, string>> },
    timeoutMs: number,
    done: Done,
  ): void;
}
