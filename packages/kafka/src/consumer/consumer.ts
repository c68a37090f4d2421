import { LifecycleError, reason, TransportError } from '@weir/core/internal/errors';
import { formatPosition, type Position, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import {
  type AssignmentListener,
  type Batch,
  type Consumer,
  type ConsumerOptions,
  type GroupPosition,
  type MembershipNotes,
  type Subscription,
  TopicSets,
  type Watermarks,
} from '@weir/core/internal/transport';
import type { ClientLog, Logger } from '../driver/client-log.js';
import type { DriverConsumer, DriverError, DriverPartition, DriverProperties } from '../driver/driver-types.js';
import { codes, driverError } from '../driver/errors.js';
import { allTopics, topicNamed } from '../driver/metadata.js';
import { endsOf, seek, watermarks } from '../driver/offsets.js';
import { Assignment } from '../group/assignment.js';
import { Commits, notOurs } from '../group/commits.js';
import { FirstJoin } from '../group/first-join.js';
import type { GroupOffsets } from '../group/group-offsets.js';
import { type LeavingMember, leaveGroup } from '../group/leave-group.js';
import { Nudge } from '../group/nudge.js';
import { Rebalance } from '../group/rebalance.js';
import { Returning } from '../group/returning.js';
import { Starts } from '../group/starts.js';
import { SubscribedTopics } from '../group/subscribed-topics.js';
import { closeConsumer } from './close-consumer.js';
import { Fetcher } from './fetcher.js';
import { report } from './reports.js';
import type { Source } from './source.js';

const pollMs = 1_000;
/** Messages that may be kept while nobody polls. */
const keptMax = 1_000;

export interface KafkaConsumerOptions extends ConsumerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How far the group has come. */
  readonly groupOffsets: GroupOffsets;
  /** What the client is made with. */
  readonly properties: DriverProperties;
  /** Told when it is closed. */
  readonly closed: () => void;
}

/** A consumer on librdkafka. Messages are taken when the client says that there are some, without a thread that waits for them. */
export class KafkaConsumer implements Consumer {
  readonly #options: KafkaConsumerOptions;
  readonly #assignment = new Assignment();
  readonly #fetcher: Fetcher;
  readonly #rebalance: Rebalance;
  readonly #nudge: Nudge;
  readonly #returning: Returning;
  readonly #firstJoin = new FirstJoin();
  readonly #commits: Commits;
  readonly #topics: SubscribedTopics;
  readonly #sets: TopicSets;
  #driver!: DriverConsumer;
  #log!: ClientLog;
  #listener: AssignmentListener | undefined;
  #isWoken = false;
  #isPolling = false;
  #isServing = false;
  #failure: TransportError | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /** How many partitions each topic had before it joined the group. Of use only where those without an offset begin at their end. */
  #partitionsBefore: ReadonlyMap<string, number> | undefined;

  constructor(options: KafkaConsumerOptions) {
    const { clock, logger, properties } = options;
    this.#options = options;
    this.#sets = new TopicSets(options.sets);
    this.#fetcher = new Fetcher({ clock, failed: (error) => this.#reported(error) });
    const starts = new Starts({
      ...{ assignment: this.#assignment, clock, logger, committed: (partitions) => options.groupOffsets.known(partitions) },
      endsOf: (partitions, end) => endsOf(this.#driver, partitions, end),
      reset: this.#reset,
      isNew: ({ topic, partition }) => this.#partitionsBefore !== undefined && partition >= (this.#partitionsBefore.get(topic) ?? 0),
      begins: (positions) => this.#listener?.begins?.(positions),
      resumed: (consumer) => this.#nudge.soon(consumer),
      exclusively: (work) => this.#fetcher.exclusively(work),
    });
    this.#nudge = new Nudge({ clock, logger, partitions: () => this.#assignment.all().filter((at) => this.#assignment.isReading(at)) });
    this.#rebalance = new Rebalance({
      ...{ assignment: this.#assignment, sets: this.#sets, starts, clock, logger },
      answered: (consumer) => {
        this.#firstJoin.answered();
        this.#nudge.soon(consumer);
      },
      settled: () => this.#fetcher.settled(),
      changed: (isAgreed) => this.#noteMembership(isAgreed && !this.#returning.isInDoubt),
      failed: (error) => this.#failed(error),
    });
    this.#returning = new Returning({
      ...{ former: this.#membership?.former, properties, clock },
      topics: () => this.#topics.current,
      overlooked: (why) => void this.#joinAnew(why),
    });
    this.#commits = new Commits({ clock, commit: (offsets) => this.#driver.commit(offsets), owns: (offset) => this.#mayCommit(offset) });
    this.#topics = new SubscribedTopics({
      ...{ clock, logger, internal: options.internal, sets: this.#sets },
      // How soon those are found that match a pattern.
      everyMs: Number(properties['topic.metadata.refresh.interval.ms']),
      existing: async () => (await allTopics(this.#driver)).map(({ name }) => name),
      subscribe: (topics) => (topics.length === 0 ? this.#driver.unsubscribe() : this.#driver.subscribe(topics)),
    });
  }

  /** The callbacks that the driver's consumer must be made with. */
  get callbacks(): Readonly<Record<string, unknown>> {
    return {
      queue_non_empty_cb: this.#fetcher.arrivals.raise,
      rebalance_cb: (event: DriverError, partitions: readonly DriverPartition[]) => {
        this.#rebalance.changed(this.#driver, event, partitions);
        if (event.code === codes.assignPartitions) this.#returning.given(partitions);
        this.#keepServing();
      },
      offset_commit_cb: (error: DriverError | undefined, offsets: readonly DriverPartition[]) => this.#commits.answered(error, offsets),
    };
  }

  /** For `sendOffsetsToTransaction`, which wants the client itself. Throws when it is closed: the driver would crash. */
  get driver(): DriverConsumer {
    this.#mustBeOpen();
    return this.#driver;
  }

  get #hasSubscribed(): boolean {
    return this.#listener !== undefined;
  }

  /** Whether its membership outlives it. */
  get #hasName(): boolean {
    return this.#options.properties['group.instance.id'] !== undefined;
  }

  /** Where partitions without an offset begin, as librdkafka takes its property. */
  get #reset(): 'beginning' | 'end' | undefined {
    const said = String(this.#options.properties['auto.offset.reset']);
    if (['latest', 'largest', 'end'].includes(said)) return 'end';
    return said === 'error' ? undefined : 'beginning';
  }

  get #membership(): MembershipNotes | undefined {
    return this.#hasName ? this.#options.membership : undefined;
  }

  /** Takes over a client that is being connected. */
  use(driver: DriverConsumer, log: ClientLog): void {
    this.#driver = driver;
    this.#log = log;
  }

  /** Reads from here on, now that the client is connected. */
  readFrom(source: Source): void {
    this.#fetcher.use(source);
  }

  async subscribe(topics: Subscription, listener: AssignmentListener): Promise<void> {
    this.#mustBeOpen();
    if (!this.#hasSubscribed) {
      this.#returning.joins();
      this.#firstJoin.asked();
    }
    this.#listener = listener;
    this.#rebalance.listen(listener);
    if (this.#reset === 'end')
      this.#partitionsBefore ??= new Map((await allTopics(this.#driver)).map((each) => [each.name, each.partitions]));
    await this.#knowFollowers();
    await this.#topics.change(topics);
    // Of what another process had long ago nothing is left.
    if (!this.#returning.isInDoubt) this.#noteMembership(true);
  }

  async poll(): Promise<readonly Batch[]> {
    this.#mustBeOpen();
    if (this.#isPolling) throw new LifecycleError('poll was called while another poll waits');
    const { arrivals } = this.#fetcher;
    const until = this.#options.clock.now() + pollMs;
    this.#isPolling = true;
    // Whoever serves the client in the meantime stops waiting, and sees that it is not needed any more.
    if (this.#isServing) arrivals.raise();
    try {
      while (!this.#isClosed) {
        if (this.#failure !== undefined) throw this.#failure;
        arrivals.lower();
        const batches = this.#assignment.admit(await this.#fetcher.fetch(this.#options.maxPollMessages ?? 1_000));
        const leftMs = until - this.#options.clock.now();
        if (batches.length > 0 || this.#isWoken || leftMs <= 0) return batches;
        await arrivals.wait(leftMs);
      }
      return [];
    } finally {
      this.#isWoken = false;
      this.#isPolling = false;
      this.#keepServing();
    }
  }

  wake(): void {
    this.#isWoken = this.#isPolling;
    this.#fetcher.arrivals.raise();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#assignment.setPaused(at, true);
    const reading = partitions.filter((at) => this.#assignment.isReading(at));
    if (reading.length > 0 && this.#driver.isConnected()) this.#driver.pause(reading);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#assignment.setPaused(at, false);
    const reading = partitions.filter((at) => this.#assignment.isReading(at));
    if (reading.length > 0 && this.#driver.isConnected()) {
      this.#driver.resume(reading);
      this.#nudge.soon(this.#driver);
    }
    this.#fetcher.arrivals.raise();
  }

  async seek(positions: readonly Position[]): Promise<void> {
    this.#mustBeOpen();
    const foreign = positions.find((at) => !this.#assignment.owns(at));
    if (foreign !== undefined)
      throw new TransportError(`cannot seek ${formatPosition(foreign)}: the partition is not assigned`, { code: 'PARTITION_NOT_OWNED' });
    for (const at of positions) if (!this.#assignment.isReading(at)) this.#assignment.setStart(at, at.offset);
    const reading = positions.filter((at) => this.#assignment.isReading(at)).map((at) => ({ at, stay: this.#assignment.stay(at) }));
    // What is on its way comes from before: it is let in, kept for nobody, and dropped.
    await this.#fetcher.exclusively(async () => {
      // One that was lost and came back meanwhile begins where the group says.
      const still = reading.filter(({ at, stay }) => this.#assignment.stay(at) === stay).map(({ at }) => at);
      await seek(this.#driver, still, this.#options.clock);
      this.#assignment.dropWaiting(still);
    });
  }

  async commit(offsets: readonly GroupPosition[]): Promise<void> {
    this.#mustBeOpen();
    const committing = this.#commits.commit(offsets);
    this.#keepServing();
    await committing;
  }

  /** @throws TransportError `COMMIT_FAILED` when one of the offsets is not ours to commit */
  claim(offsets: readonly Position[]): void {
    const foreign = offsets.find((offset) => !this.#mayCommit(offset));
    if (foreign !== undefined) throw notOurs(foreign);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly GroupPosition[]> {
    this.#mustBeOpen();
    return this.#options.groupOffsets.all(partitions);
  }

  async watermarks(partition: TopicPartition): Promise<Watermarks> {
    this.#mustBeOpen();
    return watermarks(this.#driver, partition);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#topics.stop();
    this.#returning.stop();
    this.#rebalance.close();
    await closeConsumer({
      ...this.#leaving(),
      isMember: this.#hasSubscribed,
      givesUpMembership: this.#hasName && this.#options.leaves === true,
      joined: () => this.#joined(),
      handOver: () => this.#rebalance.handOver(),
      silence: () => {
        this.#commits.close();
        this.#isClosed = true;
        this.#fetcher.close();
        return this.#fetcher.settled();
      },
    });
    this.#options.closed();
  }

  /** Resolves when it may leave the group. */
  async #joined(): Promise<void> {
    const hasTopics = async () => (await allTopics(this.#driver)).some(({ name }) => this.#topics.current.includes(name));
    const isHeard = await this.#firstJoin.settled({ ...this.#leaving(), hasTopics });
    if (!isHeard) this.#membership?.unheard();
  }

  /** Has the group divide its partitions anew. */
  async #joinAnew(why: string): Promise<void> {
    this.#options.logger.warn(`leaving the group and joining again: ${why}`);
    try {
      this.#topics.stop();
      await leaveGroup(this.#leaving());
      if (this.#closing !== undefined) return;
      this.#firstJoin.asked();
      this.#topics.resume();
    } catch (thrown) {
      const cause = driverError(thrown);
      this.#failed(new TransportError(`cannot join the group again: ${reason(cause)}`, { code: 'CLIENT_FATAL', cause, fatal: true }));
    }
  }

  /** What the client does not subscribe to, it asks for only when it is to read it: up to a second later than the lead, unless it knows it before. */
  async #knowFollowers(): Promise<void> {
    const known = this.#sets.followers.map((topic) => topicNamed(this.#driver, topic));
    for (const outcome of await Promise.allSettled(known))
      if (outcome.status === 'rejected') this.#options.logger.debug({ err: outcome.reason }, `not known yet: ${reason(outcome.reason)}`);
  }

  /** Of what the group divides. */
  #noteMembership(isAgreed: boolean): void {
    const partitions = this.#assignment.all().filter(({ topic }) => !this.#sets.follows(topic));
    this.#membership?.keep({ topics: this.#topics.current, partitions }, isAgreed);
  }

  #leaving(): LeavingMember {
    return {
      ...{ driver: this.#driver, clock: this.#options.clock, logger: this.#options.logger },
      isHandedOver: () => this.#assignment.isEmpty && !this.#rebalance.isBusy,
      isBusy: () => this.#rebalance.isBusy,
      isReading: () => this.#rebalance.isReading,
      serve: () => this.#keepServing(),
    };
  }

  /** Somebody has to serve the client while it owes us something and nobody polls. */
  #keepServing(): void {
    if (this.#isServing || this.#isPolling || !this.#isOwed()) return;
    this.#isServing = true;
    const keep = (batches: readonly Batch[]): boolean => {
      this.#assignment.keep(batches);
      return this.#assignment.waitingMessages < keptMax;
    };
    void this.#fetcher
      .serve(() => !this.#isPolling && this.#isOwed(), keep)
      .finally(() => {
        this.#isServing = false;
      });
  }

  /** Outside of a membership the broker decides: it takes offsets while the group has no members. */
  #mayCommit(at: TopicPartition): boolean {
    return !this.#hasSubscribed || this.#assignment.owns(at);
  }

  #isOwed(): boolean {
    return !this.#isClosed && (this.#commits.isOutstanding || this.#rebalance.isBusy || this.#closing !== undefined);
  }

  #reported(thrown: unknown): void {
    const failure = report(thrown, this.#log);
    if (failure !== undefined) this.#failed(failure);
  }

  #failed(failure: TransportError): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    this.#failure = failure;
    this.#options.logger.error({ err: failure }, failure.message);
    this.#listener?.failed(failure);
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new LifecycleError('the consumer is closed');
  }
}
