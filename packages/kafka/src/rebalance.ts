import { reason, type TopicPartition } from '@weir/core/errors';
import type { AssignmentListener } from '@weir/core/transport';
import type { Assignment } from './assignment.js';
import type { Logger } from './client-log.js';
import type { DriverConsumer, DriverError, DriverPartition } from './driver-types.js';
import { codes } from './errors.js';
import { logical } from './offsets.js';
import { PartitionMap, plain } from './partitions.js';
import type { Starts } from './starts.js';

export interface RebalanceOptions {
  readonly assignment: Assignment;
  readonly starts: Starts;
  readonly logger: Logger;
  /** Resolves when no message is on its way to us. */
  readonly settled: () => Promise<void>;
}

interface Revocation {
  readonly partitions: readonly TopicPartition[];
  /** Those that the listener knows of. */
  readonly ours: readonly TopicPartition[];
  readonly paused: readonly TopicPartition[];
  readonly isLost: boolean;
}

/**
 * Takes and gives partitions as the group decides, one event after the other. librdkafka waits until it is told that
 * the partitions are taken or given, so the listener may take its time; it must go on being served meanwhile.
 */
export class Rebalance {
  readonly #options: RebalanceOptions;
  #listener: AssignmentListener | undefined;
  #isIncremental: boolean | undefined;
  #isClosing = false;
  #steps: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: RebalanceOptions) {
    this.#options = options;
  }

  /** Whether an event has come that is not dealt with yet. */
  get isBusy(): boolean {
    return this.#pending > 0;
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
    this.#step(async () => {
      if (ours.length > 0) await this.#tell(() => this.#listener?.revoked(ours));
      assignment.remove(ours);
    });
  }

  /** `rebalance_cb`: what leaves it as an exception would end the process. */
  changed(consumer: DriverConsumer, event: DriverError, partitions: readonly DriverPartition[]): void {
    const at = partitions.map(plain);
    if (event.code === codes.assignPartitions) {
      this.#remember(consumer);
      this.#step(() => this.#assign(consumer, at));
    } else if (event.code === codes.revokePartitions) {
      // Whether they are lost is only known here; and from here on, no message of theirs may come out.
      const { assignment } = this.#options;
      const isLost = this.#attempt('ask whether partitions are lost', () => consumer.assignmentLost()) ?? false;
      const ours = at.filter((one) => assignment.owns(one));
      // A pause outlives the assignment in the client.
      const paused = assignment.still(ours);
      if (isLost) assignment.remove(ours);
      else assignment.leave(ours);
      this.#step(() => this.#revoke(consumer, { partitions: at, ours, paused, isLost }));
    } else {
      this.#options.logger.warn({ code: event.code }, `the group could not be rebalanced: ${event.message}`);
      this.#attempt('drop the assignment', () => consumer.unassign());
    }
  }

  async #assign(consumer: DriverConsumer, partitions: readonly TopicPartition[]): Promise<void> {
    const { assignment } = this.#options;
    if (!this.#isClosing && partitions.length > 0) {
      assignment.add(partitions);
      await this.#tell(() => this.#listener?.assigned(partitions));
    }
    const places = this.#isClosing ? new PartitionMap<number>() : await this.#options.starts.find(partitions);
    // One of which it is not known yet where it begins stands still at its end.
    const started = partitions.map((at) => ({ ...at, offset: places.get(at) ?? logical.end }));
    const unknown = partitions.filter((at) => !places.has(at));
    assignment.start(partitions.filter((at) => places.has(at)));
    this.#attempt('assign partitions', () => (this.#isIncremental ? consumer.incrementalAssign(started) : consumer.assign(started)));
    const still = assignment.still(partitions);
    if (still.length > 0) this.#attempt('pause partitions', () => consumer.pause(still));
    if (!this.#isClosing && unknown.length > 0) void this.#options.starts.beginLater(consumer, unknown);
  }

  async #revoke(consumer: DriverConsumer, { partitions, ours, paused, isLost }: Revocation): Promise<void> {
    const { assignment, settled } = this.#options;
    if (ours.length > 0) await this.#tell(() => (isLost ? this.#listener?.lost(ours) : this.#listener?.revoked(ours)));
    // What is still on its way to us must not be taken for messages of a later assignment.
    await settled();
    if (paused.length > 0) this.#attempt('resume partitions', () => consumer.resume(paused));
    if (!isLost) assignment.remove(ours);
    this.#attempt('release partitions', () => this.#unassign(consumer, partitions));
  }

  /** While the client is being closed it no longer says which protocol it speaks, and refuses `unassign` where that is not the one. */
  #unassign(consumer: DriverConsumer, partitions: readonly TopicPartition[]): void {
    if (this.#isIncremental) consumer.incrementalUnassign(partitions);
    else consumer.unassign();
  }

  #remember(consumer: DriverConsumer): void {
    const protocol = this.#attempt('ask for the protocol', () => consumer.rebalanceProtocol());
    if (protocol !== undefined && protocol !== 'NONE') this.#isIncremental = protocol === 'COOPERATIVE';
  }

  #step(work: () => Promise<void>): void {
    this.#pending += 1;
    this.#steps = this.#steps
      .then(work)
      .catch((thrown) => this.#options.logger.error({ err: thrown }, `a rebalance went wrong: ${reason(thrown)}`))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  async #tell(call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      this.#options.logger.error({ err: thrown }, `a listener of the assignment threw: ${reason(thrown)}`);
    }
  }

  #attempt<T>(doing: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      // Also what a client says that is just being closed.
      this.#options.logger.debug({ err: thrown }, `cannot ${doing}: ${reason(thrown)}`);
      return undefined;
    }
  }
}
