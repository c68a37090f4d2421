import type { Logger } from 'pino';
import { CarefulOutlet } from '../agents/index.js';
import { asError, formatPosition, LifecycleError, reason, type TopicPartition, TransportError } from '../errors/index.js';
import type { RunningTimer } from '../tasks/index.js';
import { type Clock, formatMs } from '../time/index.js';
import { provision, Topics } from '../topics/index.js';
import { groupOf, type Topology } from '../topology/index.js';
import type { Consumer, Producer, Subscription, Transport } from '../transport/index.js';
import { Assignment } from './assignment.js';
import { type Checkpoint, FlushThenCommit } from './checkpoint.js';
import { Flow } from './flow.js';
import { HandOver } from './hand-over.js';
import { startHooks, stopHooks } from './hooks.js';
import { within } from './limit.js';
import { PollLoop } from './poll-loop.js';
import { type Settings, settingsOf } from './settings.js';
import { neededTopics, openTimers, prepareAgents, subscriptionOf } from './wiring.js';
import { formatPartitions, logAssignment } from './worker-logs.js';

/** What a worker runs on. */
export interface Surroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The topics that were injected; without any, the worker makes its own. */
  readonly topics?: Topics;
  /** Tells workers of one app apart, and stays the same over a restart: static membership and the transactional id. */
  readonly member?: string;
}

/** How much a worker has to do at this moment. */
export interface Load {
  /** Events that wait in lanes that could go on at once. */
  readonly waiting: number;
  /** Handlers and timers that were called, are not done and do not wait for the clock. */
  readonly running: number;
}

type Phase = 'starting' | 'running' | 'stopping' | 'stopped';

/** A running topology: reads, dispatches, checkpoints, hands over and stops. Made by `StreamWorker.start`. */
export class StreamWorker {
  readonly #topology: Topology;
  readonly #around: Surroundings;
  readonly #settings: Settings;
  readonly #topics: Topics;
  readonly #timers: RunningTimer[] = [];
  #assignment!: Assignment;
  #producer!: Producer;
  #consumer: Consumer | undefined;
  #checkpoint!: Checkpoint;
  #handOver!: HandOver;
  #flow: Flow | undefined;
  #loop: PollLoop | undefined;
  #polling: Promise<void> = Promise.resolve();
  #phase: Phase = 'starting';
  #failure: Error | undefined;
  #stopped: Promise<void> | undefined;
  #cancelCheckpoint = () => {};
  #settle!: { resolve(): void; reject(error: Error): void };
  /** Resolves when the worker has stopped as it was told to; rejects with what made it stop by itself. */
  readonly finished: Promise<void>;

  private constructor(topology: Topology, around: Surroundings) {
    this.#topology = topology;
    this.#around = around;
    this.#settings = settingsOf(topology.app);
    this.#topics = around.topics ?? new Topics(topology.app.codec);
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.finished.catch(() => undefined);
  }

  /**
   * Sees to the topics, runs the start hooks, joins the group.
   * @throws TransportError when the broker does not answer or topics are not as declared; whatever a start hook throws
   */
  static async start(topology: Topology, around: Surroundings): Promise<StreamWorker> {
    const worker = new StreamWorker(topology, around);
    try {
      await worker.#start();
    } catch (error) {
      await around.transport.close();
      throw error;
    }
    return worker;
  }

  async #start(): Promise<void> {
    const { transport, clock, logger } = this.#around;
    await this.#provision();
    this.#producer = await transport.producer();
    const outlet = new CarefulOutlet(this.#producer);
    this.#topics.connect(outlet);
    const open = prepareAgents(
      this.#topology,
      this.#topics,
      outlet,
      this.#around,
      (error) => this.fail(error),
      () => this.#moved(),
    );
    this.#assignment = new Assignment(open);
    const subscription = subscriptionOf(this.#topology);
    if (subscription.length > 0)
      this.#consumer = await transport.consumer({ group: groupOf(this.#topology.app), member: this.#around.member });
    this.#checkpoint = new FlushThenCommit(this.#assignment, this.#consumer, this.#producer, logger);
    this.#handOver = new HandOver(this.#assignment, this.#checkpoint, clock, logger);
    await startHooks(this.#topology.hooks, logger);
    if (this.#consumer !== undefined) await this.#subscribe(this.#consumer, subscription);
    this.#timers.push(...openTimers(this.#topology, clock, logger, () => this.#moved()));
    for (const timer of this.#timers) timer.start();
    this.#scheduleCheckpoint();
    this.#phase = 'running';
    logger.info('ready');
  }

  async #provision(): Promise<void> {
    const policy = this.#topology.app.topics ?? 'create';
    if (policy === 'off') return;
    const admin = await this.#around.transport.admin();
    try {
      const created = await provision(admin, neededTopics(this.#topology), policy);
      if (created.length > 0) this.#around.logger.info(`created topics ${created.join(', ')}`);
    } finally {
      await admin.close();
    }
  }

  async #subscribe(consumer: Consumer, subscription: Subscription): Promise<void> {
    const { logger, clock } = this.#around;
    const flow = new Flow(this.#assignment, consumer, this.#producer, clock);
    this.#flow = flow;
    await consumer.subscribe(subscription, {
      assigned: (partitions) => this.#assigned(partitions),
      revoked: (partitions) => this.#revoked(partitions),
      lost: (partitions) => {
        logAssignment(logger, 'lost', partitions);
        this.#handOver.lose(partitions);
      },
      failed: (error) => this.fail(error),
    });
    logger.info(`subscribed to ${subscription.map(String).join(', ')} as group ${groupOf(this.#topology.app)}`);
    this.#loop = new PollLoop({ consumer, producer: this.#producer, assignment: this.#assignment, flow });
    this.#polling = this.#loop.run().catch((error: unknown) => this.fail(asError(error)));
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    logAssignment(this.#around.logger, 'assigned', partitions);
    for (const at of partitions) this.#assignment.add(at);
    if (this.#phase === 'stopping') this.#loop?.stopDispatching();
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { logger, clock } = this.#around;
    const began = clock.now();
    await this.#handOver.revoke(partitions, this.#settings.drainTimeoutMs);
    logger.info(`handed over ${formatPartitions(partitions)} in ${formatMs(clock.now() - began)}`);
  }

  #moved(): void {
    this.#flow?.moved();
  }

  #scheduleCheckpoint(): void {
    this.#cancelCheckpoint = this.#around.clock.after(this.#settings.commitIntervalMs, () => {
      void this.checkpoint().then(() => {
        if (this.#phase === 'running') this.#scheduleCheckpoint();
      });
    });
  }

  /** Makes lasting what is finished now. When a message was refused, everything since the last checkpoint runs again, one event at a time. */
  async checkpoint(): Promise<void> {
    try {
      await this.#checkpoint.run();
    } catch (error) {
      if (error instanceof TransportError && error.fatal) return this.fail(error);
      await this.#rewind(asError(error));
    }
  }

  async #rewind(why: Error): Promise<void> {
    this.#around.logger.warn({ error: why.message }, 'a message was refused: what is not committed runs again, to find whose it was');
    const partitions = [...this.#assignment];
    const back = partitions.map((partition) => partition.rewind(why, true)).filter((position) => position !== undefined);
    if (back.length > 0) await this.#consumer?.seek(back).catch((error: unknown) => this.fail(asError(error)));
  }

  /** Ends the worker because of an error: what is finished is still committed, then `finished` rejects. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#phase === 'stopped') return;
    this.#failure = error;
    this.#around.logger.fatal({ err: error }, `the worker stops: ${reason(error)}`);
    void this.stop();
  }

  /** Stops in order, within `shutdownTimeout`. Resolves when everything is closed; never rejects, see `finished`. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { clock, logger, transport } = this.#around;
    this.#phase = 'stopping';
    const ends = clock.now() + this.#settings.shutdownTimeoutMs;
    const left = () => Math.max(0, ends - clock.now());
    logger.info('stopping');
    this.#cancelCheckpoint();
    this.#loop?.stopDispatching();
    const timers = Promise.all(this.#timers.map((timer) => timer.stop()));
    const abandoned = await this.#handOver.drain([...this.#assignment], left());
    if ((await within(clock, left(), timers)) === 'late') abandoned.push('a timer');
    await this.#lastCheckpoint(left());
    await this.#close(left);
    await within(clock, 5_000, transport.close());
    this.#phase = 'stopped';
    logger.info('stopped');
    if (this.#failure === undefined && abandoned.length > 0) this.#failure = incomplete(abandoned, this.#settings.shutdownTimeoutMs);
    if (this.#failure === undefined) this.#settle.resolve();
    else this.#settle.reject(this.#failure);
  }

  async #lastCheckpoint(ms: number): Promise<void> {
    const last = this.#checkpoint.run().catch((error: unknown) => {
      this.#failure ??= asError(error);
      this.#around.logger.error({ error: reason(error) }, 'the last checkpoint failed: what is not committed runs again after the restart');
    });
    if ((await within(this.#around.clock, ms, last)) === 'late') {
      this.#failure ??= new LifecycleError('the last checkpoint did not end in time: what is not committed runs again after the restart', {
        code: 'SHUTDOWN_INCOMPLETE',
      });
    }
  }

  /** Leaves the group, then stops what the handlers used, then lets go of the producer that stop hooks may still use. */
  async #close(left: () => number): Promise<void> {
    const { clock, logger } = this.#around;
    const leaving = this.#consumer?.close() ?? Promise.resolve();
    await within(clock, Math.max(left(), 1_000), leaving);
    this.#loop?.end();
    await within(clock, Math.max(left(), 1_000), this.#polling);
    await stopHooks(this.#topology.hooks, logger, (error) => {
      this.#failure ??= error;
    });
    this.#topics.connect(undefined);
    await within(clock, Math.max(left(), 1_000), this.#producer.close());
  }

  /** Drops everything on the spot, as a killed process would: nothing drained, nothing committed. For tests. */
  crash(): void {
    this.#phase = 'stopped';
    this.#stopped = Promise.resolve();
    this.#cancelCheckpoint();
    for (const timer of this.#timers) void timer.stop();
    for (const partition of this.#assignment) partition.abandon(new LifecycleError('crashed'));
    this.#topics.connect(undefined);
    this.#loop?.end();
    this.#settle.resolve();
  }

  /** What the worker has to do now. */
  get load(): Load {
    let waiting = 0;
    let running = this.#timers.reduce((sum, timer) => sum + timer.running, 0);
    for (const lane of this.#assignment.lanes()) {
      const isBlocked = lane.inFlight > 0 || lane.waitingForClock > 0;
      if (!isBlocked && !lane.isGathering) waiting += lane.queue.waiting;
      running += lane.inFlight - lane.waitingForClock;
    }
    return { waiting, running };
  }

  /** The handlers that have not settled, as text for messages. */
  running(): string[] {
    return [...this.#assignment.lanes()].flatMap((lane) =>
      [...lane.running()].map((event) => `${event.agent} on ${formatPosition(event)}`),
    );
  }

  /** Why the worker stops, when it does so by itself. */
  get failure(): Error | undefined {
    return this.#failure;
  }
}

function incomplete(abandoned: readonly string[], ms: number): LifecycleError {
  return new LifecycleError(
    `not everything had finished ${formatMs(ms)} after the stop was asked for: ${abandoned.join('; ')}. It runs again after the restart`,
    { code: 'SHUTDOWN_INCOMPLETE' },
  );
}
