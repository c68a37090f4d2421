import { reason, TransportError } from '@weir/core/internal/errors';
import { formatPosition, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { AssignmentListener, TopicSets } from '@weir/core/internal/transport';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer, DriverError, DriverPartition } from '../driver/driver-types.js';
import { codes, driverError } from '../driver/errors.js';
import { PartitionMap, plain } from '../driver/partitions.js';
import type { Assignment } from './assignment.js';
import type { StartOffset, Starts } from './starts.js';

/** What the client asks for. */
type Doing = 'take' | 'release';

/** How long what the client asks for may be on its way to us: some turns of the event loop. */
const graceMs = 1_000;

/**
 * Where a partition stands still of which it is not known yet where it begins. Not at an end of its log: librdkafka (2.15) asks the broker where that is, and where
 * a seek comes before the answer, it asks again half a second later and goes there. What lay between was never read.
 */
const unknownOffset = 0;

export interface RebalanceOptions {
  readonly assignment: Assignment;
  /** What comes and goes with what the group gives and takes. */
  readonly sets: TopicSets;
  readonly starts: Starts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves when no message is on its way to us. */
  readonly settled: () => Promise<void>;
  /**
   * Told when partitions have come or gone, though not that they go because the client is closed. `isAgreed` when the group gave them and asks for nothing more:
   * it has heard by then of all that was given up.
   */
  readonly changed: (isAgreed: boolean) => void;
  /** Told that the client goes on. */
  readonly answered: (consumer: DriverConsumer) => void;
  /** Told that the client reads nothing any more. */
  readonly failed: (error: TransportError) => void;
}

interface Revocation {
  readonly partitions: readonly TopicPartition[];
  /** Those of them that the listener knows of. */
  readonly ours: readonly TopicPartition[];
  readonly paused: readonly TopicPartition[];
  readonly isLost: boolean;
}

/**
 * Takes and gives partitions as the group decides, one event after the other, and with them those that follow. librdkafka waits until it is told that
 * the partitions are taken or given, so the listener may take its time; it must go on being served meanwhile.
 *
 * What is told to it here is the only change of its assignment: one answer to each event, and nothing else. An answer counts whatever partitions it names, so
 * a further call could acknowledge an event that we have not seen yet, and two members would read the same.
 */
export class Rebalance {
  readonly #options: RebalanceOptions;
  #listener: AssignmentListener | undefined;
  #isIncremental: boolean | undefined;
  #isClosing = false;
  /** What the client has been told to read. */
  #told = new PartitionMap<true>();
  #steps: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: RebalanceOptions) {
    this.#options = options;
  }

  /** Whether an event has come that is not dealt with yet. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /** Whether the client has been told to read anything: also what came while it is being closed. */
  get isReading(): boolean {
    return this.#told.size > 0;
  }

  listen(listener: AssignmentListener): void {
    this.#listener = listener;
  }

  /** From now on nothing new is taken. */
  close(): void {
    this.#isClosing = true;
  }

  /** Gives everything up without the group: a member with a name keeps its partitions until its session ends. */
  handOver(): void {
    const { assignment } = this.#options;
    const ours = assignment.all();
    assignment.leave(ours);
    this.#step(ours, async () => {
      if (ours.length > 0) await this.#tell(() => this.#listener?.revoked(ours));
      assignment.remove(ours);
    });
  }

  /** `rebalance_cb`: what leaves it as an exception would end the process. */
  changed(consumer: DriverConsumer, event: DriverError, partitions: readonly DriverPartition[]): void {
    const at = this.#options.sets.whole(partitions);
    if (event.code === codes.assignPartitions) {
      this.#remember(consumer);
      this.#step(at, () => this.#assign(consumer, at), true);
    } else if (event.code === codes.revokePartitions) {
      // Whether they are lost is only known here; and from here on, no message of theirs may come out.
      const { assignment } = this.#options;
      const isLost = this.#attempt('ask whether they are lost', at, () => consumer.assignmentLost()) ?? false;
      const ours = at.filter((one) => assignment.owns(one));
      // A pause outlives the assignment in the client.
      const paused = assignment.still(ours);
      if (isLost) assignment.remove(ours);
      else assignment.leave(ours);
      this.#step(at, () => this.#revoke(consumer, { partitions: at, ours, paused, isLost }));
    } else {
      this.#options.logger.warn({ code: event.code }, `the group could not be rebalanced: ${event.message}`);
      this.#attempt('drop the assignment', at, () => {
        consumer.unassign();
        this.#told = new PartitionMap();
      });
    }
  }

  async #assign(consumer: DriverConsumer, given: readonly TopicPartition[]): Promise<void> {
    const { assignment } = this.#options;
    const partitions = this.#fitting('take', given);
    if (!this.#isClosing) {
      assignment.add(partitions);
      await this.#tell(() => this.#listener?.assigned(partitions));
    }
    const starts = this.#isClosing ? new PartitionMap<StartOffset>() : await this.#options.starts.find(partitions);
    const started = partitions.map((at) => ({ ...at, offset: starts.get(at)?.offset ?? unknownOffset }));
    const unknown = partitions.filter((at) => !starts.has(at));
    assignment.start(partitions.filter((at) => starts.has(at)));
    await this.#answer(consumer, 'take', started);
    const still = assignment.still(partitions);
    if (still.length > 0) this.#attempt('pause', still, () => consumer.pause(still));
    if (!this.#isClosing && unknown.length > 0) void this.#options.starts.beginLater(consumer, unknown);
  }

  async #revoke(consumer: DriverConsumer, { partitions, ours, paused, isLost }: Revocation): Promise<void> {
    const { assignment, settled } = this.#options;
    if (ours.length > 0) await this.#tell(() => (isLost ? this.#listener?.lost(ours) : this.#listener?.revoked(ours)));
    // What is still on its way to us must not be taken for messages of a later assignment.
    await settled();
    if (paused.length > 0) this.#attempt('resume', paused, () => consumer.resume(paused));
    if (!isLost) assignment.remove(ours);
    await this.#answer(consumer, 'release', this.#fitting('release', partitions));
  }

  #remember(consumer: DriverConsumer): void {
    const protocol = this.#attempt('ask for the protocol', [], () => consumer.rebalanceProtocol());
    if (protocol === 'COOPERATIVE' || protocol === 'EAGER') this.#isIncremental = protocol === 'COOPERATIVE';
  }

  #step(partitions: readonly TopicPartition[], work: () => Promise<void>, isGiven = false): void {
    this.#pending += 1;
    this.#steps = this.#steps
      .then(work)
      .catch((thrown) => this.#fail('take or release', partitions, thrown))
      .finally(() => {
        this.#pending -= 1;
        if (!this.#isClosing) this.#options.changed(isGiven && this.#pending === 0);
      });
  }

  /**
   * Answers the client that has asked to take or to release partitions. Until then it reads nothing, of kept partitions neither, and does not ask again. So an
   * answer that it refuses is the end of it, unless it is being closed, or has asked for the partitions back and goes by the answer to that.
   */
  async #answer(consumer: DriverConsumer, doing: Doing, partitions: readonly DriverPartition[]): Promise<void> {
    try {
      this.#say(consumer, doing, partitions);
      this.#options.answered(consumer);
    } catch (thrown) {
      if (this.#saidOtherwise(consumer, doing, partitions)) return;
      const isOver = (): boolean => this.#isClosing || !consumer.isConnected();
      // What it has asked for since may still be on its way.
      if (!isOver()) await this.#options.clock.sleep(graceMs);
      const isTakenBack = this.#pending > 1 && partitions.every((at) => this.#options.assignment.stay(at) === undefined);
      if (isOver() || isTakenBack) {
        this.#log(isOver() ? 'debug' : 'warn', doing, partitions, thrown);
        return;
      }
      this.#fail(doing, partitions, thrown);
    }
  }

  /** While the client is being closed it no longer says which protocol it speaks, and refuses `unassign` where that is not the one. */
  #say(consumer: DriverConsumer, doing: Doing, partitions: readonly DriverPartition[]): void {
    if (doing === 'take') this.#isIncremental ? consumer.incrementalAssign(partitions) : consumer.assign(partitions);
    else this.#isIncremental ? consumer.incrementalUnassign(partitions) : consumer.unassign();
    if (!this.#isIncremental) this.#told = new PartitionMap();
    for (const at of partitions) doing === 'take' ? this.#told.set(at, true) : this.#told.delete(at);
  }

  /** It takes all or nothing: one that it has already, or has not, and it refuses the others too. */
  #fitting<At extends TopicPartition>(doing: Doing, partitions: readonly At[]): At[] {
    return partitions.filter((at) => this.#told.has(at) === (doing === 'release'));
  }

  /** Answers once more where the client has other partitions than it was thought to have. @returns whether it did, and the client has taken it */
  #saidOtherwise(consumer: DriverConsumer, doing: Doing, partitions: readonly DriverPartition[]): boolean {
    try {
      const told = new PartitionMap<true>();
      for (const at of consumer.assignments()) told.set(at, true);
      this.#told = told;
      const fitting = this.#fitting(doing, partitions);
      if (!this.#isIncremental || fitting.length === partitions.length) return false;
      this.#say(consumer, doing, fitting);
      this.#options.answered(consumer);
      this.#options.logger.warn(
        `told to ${doing} ${names(partitions)}, the client had ${doing === 'take' ? 'some of them' : 'not all of them'}`,
      );
      return true;
    } catch {
      return false;
    }
  }

  #fail(doing: string, partitions: readonly TopicPartition[], thrown: unknown): void {
    if (this.#isClosing) {
      this.#log('warn', doing, partitions, thrown);
      return;
    }
    const cause = driverError(thrown);
    const what = `the Kafka client can read nothing any more, it cannot ${doing} ${names(partitions)}: ${reason(cause)}`;
    this.#options.failed(new TransportError(what, { code: 'CLIENT_FATAL', cause, fatal: true }));
  }

  async #tell(call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      this.#options.logger.error({ err: thrown }, `a listener of the assignment threw: ${reason(thrown)}`);
    }
  }

  /** What does no lasting harm where it fails. */
  #attempt<T>(doing: string, partitions: readonly TopicPartition[], work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      // A client that is just being closed refuses most things.
      this.#log(this.#isClosing ? 'debug' : 'warn', doing, partitions, thrown);
      return undefined;
    }
  }

  #log(level: 'debug' | 'warn', doing: string, partitions: readonly TopicPartition[], thrown: unknown): void {
    const what = `cannot ${doing}${partitions.length === 0 ? '' : ` ${names(partitions)}`}: ${reason(driverError(thrown))}`;
    this.#options.logger[level]({ err: driverError(thrown) }, what);
  }
}

function names(partitions: readonly TopicPartition[]): string {
  return partitions.length === 0 ? 'an empty assignment' : partitions.map((at) => formatPosition(plain(at))).join(', ');
}
