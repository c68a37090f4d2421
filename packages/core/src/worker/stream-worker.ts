import type { Logger } from 'pino';
import type { MembershipFile } from '../datadir/index.js';
import { asError, LifecycleError, loggable, reason, StateError, TransportError } from '../errors/index.js';
import { type CrashWatch, RecentEvents } from '../lanes/index.js';
import { Observers, type WorkerObserver, workerLog } from '../observers/index.js';
import { type AssignedPartition, Flow, HandOver, type PartitionGroup, PollLoop } from '../partitions/index.js';
import { formatPartitions, formatPosition, isOfNewerVersion, type Position, type TopicPartition } from '../positions/index.js';
import { Recovery } from '../recovery/index.js';
import { Watches } from '../supervision/index.js';
import type { Clock } from '../time/index.js';
import { provision, Topics } from '../topics/index.js';
import { type ComponentSurroundings, groupOf, type Hook, type RunningComponent, repartitionsOf, type Topology } from '../topology/index.js';
import type { GroupPosition, Transport } from '../transport/index.js';
import { type Assembly, type AssemblyParts, assemble } from './assembly.js';
import { startHooks, stopComponents, unlessAborted } from './hooks.js';
import { PartitionHooks } from './partition-hooks.js';
import { PerPartition } from './per-partition.js';
import { Purge } from './purge.js';
import { ReadPositions } from './read-positions.js';
import { Readiness } from './readiness.js';
import { repartitionTopics } from './repartitions.js';
import { type Settings, settingsOf } from './settings.js';
import { shutDown } from './shutdown.js';
import { TakeOver } from './take-over.js';
import { TopicWatch } from './topic-watch.js';
import { changelogTopics, internalTopics, neededTopics } from './wiring.js';
import { warnOfNothing } from './worker-logs.js';

/** What a worker runs on. */
export interface Surroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The topics that were injected; without any, the worker makes its own. */
  readonly topics?: Topics;
  /** Tells workers of one app apart, and stays the same over a restart: static membership and the transactional id. */
  readonly member?: string;
  /** Whether a worker with a name leaves the group at a stop in order. */
  readonly leaves?: boolean;
  /** Where a worker with a name notes its membership for the one after it. */
  readonly membership?: MembershipFile;
  /** Aborted while it starts: it gives up what it has begun, and rejects. Afterwards `stop` is the way. */
  readonly signal?: AbortSignal;
  /** Whether local state may be used though the consumer group has no offsets for it: its events are counted again. @default false */
  readonly acceptReset?: boolean;
  /** Finds out which input ends the process. `close` when the worker is asked to stop, `leave` for what looks like a crash. */
  readonly crashes?: CrashWatch & { close(): void; leave(): void };
  /** Told what happens to it, beside its log. */
  readonly observers?: readonly WorkerObserver[];
}

/** How much a worker has to do at this moment. */
export interface Load {
  /** Events that wait in lanes that could go on at once. */
  readonly waiting: number;
  /** Handlers and members of components that were called, are not done and do not wait for the clock. */
  readonly running: number;
}

type Phase = 'starting' | 'running' | 'stopping' | 'stopped';

/** A running topology: reads, dispatches, checkpoints, hands over and stops. Made by `StreamWorker.start`. */
export class StreamWorker {
  readonly #topology: Topology;
  readonly #around: Surroundings;
  readonly #settings: Settings;
  readonly #observers: Observers;
  readonly #topics: Topics;
  #components: readonly RunningComponent[] = [];
  #parts!: Assembly;
  #handOver!: HandOver;
  #takeOver: TakeOver | undefined;
  readonly #hooks: PartitionHooks;
  #flow: Flow | undefined;
  #loop: PollLoop | undefined;
  #watches: Watches | undefined;
  #topicWatch: TopicWatch | undefined;
  #purge: Purge | undefined;
  readonly #recovery: Recovery;
  readonly #recent = new RecentEvents();
  #polling: Promise<void> = Promise.resolve();
  #reading: ReadPositions | undefined;
  #phase: Phase = 'starting';
  #failure: Error | undefined;
  #isHandingOver = false;
  #stopped: Promise<void> | undefined;
  #cancelCheckpoint = () => {};
  #settle!: { resolve(): void; reject(error: Error): void };
  readonly #readiness: Readiness;
  /** Resolves when the worker has stopped as it was told to; rejects with what made it stop by itself. */
  readonly finished: Promise<void>;

  private constructor(topology: Topology, around: Surroundings) {
    this.#topology = topology;
    this.#around = around;
    this.#settings = settingsOf(topology.app);
    this.#observers = new Observers([workerLog(around.logger), ...(around.observers ?? [])], around.logger);
    this.#recovery = new Recovery({ ...around, observers: this.#observers });
    const { clock, logger } = around;
    const limitMs = this.#settings.drainTimeoutMs;
    this.#hooks = new PartitionHooks({ hooks: topology.hooks, internal: internalTopics(topology), clock, logger, limitMs });
    this.#topics = around.topics ?? new Topics(topology.app.codec, around.clock);
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.finished.catch(() => undefined);
    this.#readiness = new Readiness((begun) => this.#observers.tell('ready', begun));
  }

  /**
   * Sees to the topics, runs the start hooks, joins the group.
   * @throws TransportError when the broker does not answer or topics are not as declared; whatever a start hook throws; LifecycleError when its signal is
   * aborted before it runs
   */
  static async start(topology: Topology, around: Surroundings): Promise<StreamWorker> {
    const worker = new StreamWorker(topology, around);
    try {
      await worker.#start();
    } catch (error) {
      await stopComponents(worker.#components, around.logger);
      worker.#topics.connect(undefined);
      around.crashes?.close();
      // It has nothing yet, unless another had it before.
      around.membership?.close(around.membership.former === undefined, true);
      await around.transport.close();
      throw error;
    }
    return worker;
  }

  async #start(): Promise<void> {
    const { clock, logger, transport, member, leaves, membership, crashes } = this.#around;
    warnOfNothing(this.#topology, logger);
    const provisioned = this.#provision();
    const parts: AssemblyParts = {
      ...{ topology: this.#topology, settings: this.#settings, topics: this.#topics, observers: this.#observers },
      ...{ transport, clock, logger, member, leaves, membership },
      hooks: {
        ...{ crashes, recent: this.#recent },
        fail: (error) => this.fail(error),
        moved: () => this.#moved(),
        commit: () => this.checkpoint(),
      },
      recovery: this.#recovery,
      abort: (why) => this.#abort(why),
      rewind: async (why, groups, restart) => this.#reading?.rewind(why, groups, restart),
    };
    this.#parts = await unlessAborted(assemble(parts, provisioned), this.#around.signal);
    this.#handOver = new HandOver(this.#parts.assignment, this.#parts.checkpoint, clock, logger);
    await startHooks([...this.#topology.hooks, ...this.#openComponents()], logger, this.#around.signal);
    await this.#subscribe();
    this.#scheduleCheckpoint();
    this.#phase = 'running';
    if (this.#parts.consumer === undefined) this.#readiness.begin({ partitions: [], entries: 0, ms: 0 });
    this.#readiness.started();
  }

  /** They are started after all hooks. @returns what starts them */
  #openComponents(): Hook[] {
    const { clock, logger } = this.#around;
    const { assignment, outputs } = this.#parts;
    const { app, states = [] } = this.#topology;
    const isExact = this.#settings.guarantee === 'exactly-once';
    const perPartition = new PerPartition({ states, assignment, outputs, clock, isExact, abort: (why) => this.#abort(why) });
    const around: ComponentSurroundings = {
      ...{ app, clock, logger, moved: () => this.#moved() },
      perPartition: (table, name, run) => perPartition.run(table, name, run),
    };
    const opened = (this.#topology.components ?? []).map((bound) => ({ name: bound.kind, running: bound.open(around) }));
    this.#components = opened.map(({ running }) => running);
    return opened.map(({ name, running }) => ({ name, start: () => running.start(), stop: () => running.stop() }));
  }

  /** A lane or a component has finished something: there may be room, and results that no poll hands over. */
  #moved(): void {
    this.#flow?.moved();
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    // Once a turn: handing over costs much more than what a handler that waits for nothing does.
    setImmediate(() => {
      this.#isHandingOver = false;
      if (this.#phase !== 'stopped') this.#parts.producer.handOver();
    });
  }

  async #provision(): Promise<void> {
    const policy = this.#topology.app.topics ?? 'create';
    if (policy === 'off' && this.#topology.states === undefined) return;
    const admin = await this.#around.transport.admin();
    try {
      const created = await provision(admin, neededTopics(this.#topology), policy);
      created.push(...(await provision(admin, await repartitionTopics(this.#topology, admin), policy)));
      created.push(...(await provision(admin, await changelogTopics(this.#topology, admin), policy)));
      if (created.length > 0) this.#around.logger.info(`created topics ${created.join(', ')}`);
    } finally {
      await admin.close();
    }
  }

  async #subscribe(): Promise<void> {
    const { consumer, subscription, assignment, producer } = this.#parts;
    if (consumer === undefined) return;
    const { logger, clock } = this.#around;
    const flow = new Flow(assignment, consumer, producer, clock);
    this.#flow = flow;
    const fail = (error: Error) => this.fail(error);
    this.#takeOver = new TakeOver({
      assignment,
      flow,
      hooks: this.#hooks,
      clock,
      observers: this.#observers,
      fail,
      hasOffsets: (group, signal) => this.#hasOffsets(group, signal),
    });
    const admin = await this.#around.transport.admin();
    this.#topicWatch = new TopicWatch({
      ...{ admin, clock, logger },
      partitions: () => assignment,
      replaced: (partitions) => this.#replaced(partitions),
    });
    this.#topicWatch.start();
    const topics = repartitionsOf(this.#topology).map(({ topic }) => topic.name);
    this.#purge = new Purge({ admin, clock, logger, topics, partitions: () => assignment });
    this.#purge.start();
    const wentBack = () => void this.#topicWatch?.look();
    const loop = new PollLoop({ consumer, producer, assignment, flow, wentBack });
    const reading = new ReadPositions({
      ...{ assignment, consumer, loop, clock, observers: this.#observers, fail },
      take: (at) => void this.#takeOver?.take([at], false),
      isStopped: () => this.#phase === 'stopped',
    });
    this.#loop = loop;
    this.#reading = reading;
    await consumer.subscribe(subscription, {
      assigned: (partitions) => this.#assigned(partitions),
      begins: (positions) => this.#begins(positions),
      revoked: (partitions) => this.#revoked(partitions),
      lost: (partitions) => {
        this.#observers.tell('lost', { partitions });
        this.#handOver.lose(partitions);
        void this.#hooks.revoked(partitions);
      },
      failed: fail,
    });
    logger.info(`subscribed to ${subscription.map(String).join(', ')} as group ${groupOf(this.#topology.app)}`);
    // A client that breaks while it subscribes has the worker stop before it runs.
    if (this.#stopped === undefined)
      this.#watches = new Watches({
        ...{
          assignment,
          consumer,
          transport: this.#around.transport,
          clock,
          logger,
          observers: this.#observers,
          recent: this.#recent,
          stallMs: this.#settings.stallTimeoutMs,
          endBlockedMs: this.#settings.endBlockedMs,
        },
        hasProcess: this.#around.transport.abilities.inProcess !== true,
        notes: this.#around.membership?.files,
        readAnew: (partition, from) => {
          wentBack();
          return reading.again(partition, from);
        },
        fail,
      });
    this.#polling = this.#loop.run().catch((error: unknown) => this.fail(asError(error)));
  }

  #begins(positions: readonly GroupPosition[]): void {
    const newer = positions.find(({ metadata }) => isOfNewerVersion(metadata));
    if (newer !== undefined) this.fail(newerNotes(newer));
    else for (const at of positions) this.#parts.assignment.find(at)?.begin(at);
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    if (partitions.length > 0) this.#observers.tell('assigned', { partitions });
    const { assignment, retries } = this.#parts;
    retries.keepOnly((at) => assignment.find(at) !== undefined);
    void this.#takeOver?.take(partitions).then((begun) => begun && this.#readiness.begin(begun));
    void this.#topicWatch?.look();
  }

  /** Whether the consumer group has come anywhere with these partitions, or may be taken as if it had. */
  async #hasOffsets({ partitions }: PartitionGroup, signal: AbortSignal): Promise<boolean> {
    const { consumer } = this.#parts;
    if (this.#around.acceptReset === true || consumer === undefined) return true;
    const committed = await this.#recovery.whenAnswered(() => consumer.committed([...partitions]), signal);
    return committed.some(({ offset }) => offset >= 0);
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { logger, clock } = this.#around;
    const began = clock.now();
    logger.debug(`handing over ${formatPartitions(partitions)}`);
    await this.#handOver.revoke(partitions, this.#settings.drainTimeoutMs);
    await this.#hooks.revoked(partitions);
    this.#observers.tell('revoked', { partitions, ms: clock.now() - began });
  }

  #scheduleCheckpoint(): void {
    this.#cancelCheckpoint = this.#around.clock.after(this.#settings.commitIntervalMs, () => {
      void this.checkpoint().then(() => {
        if (this.#phase === 'running') this.#scheduleCheckpoint();
      });
    });
  }

  /** Makes lasting what is completed now. Events whose messages were not delivered run again. */
  async checkpoint(): Promise<void> {
    try {
      await this.#parts.checkpoint.run();
    } catch (error) {
      if (this.#phase === 'stopped') return;
      if (this.#settings.guarantee === 'exactly-once' || (error instanceof TransportError && error.fatal)) this.fail(asError(error));
    }
  }

  /** Has the open transaction aborted soon. */
  #abort(why: Error): void {
    if (!this.#parts.checkpoint.abort(why)) return;
    void this.checkpoint();
  }

  /** A topic was deleted and made anew: its partitions begin at their beginning, and what was begun of the old ones does not count. */
  #replaced(old: readonly AssignedPartition[]): void {
    const { assignment, retries } = this.#parts;
    const partitions = this.#handOver.replace(old);
    if (partitions.length === 0) return;
    const topics = new Set(partitions.map(({ topic }) => topic));
    retries.keepOnly((at) => !topics.has(at.topic) && assignment.find(at) !== undefined);
    this.#around.logger.warn(
      `deleted and made anew: ${[...topics].join(', ')}. It is read from its beginning: ${formatPartitions(partitions)}`,
    );
    for (const partition of partitions) void this.#reading?.fromBeginning(partition);
    if (this.#settings.guarantee === 'exactly-once') void this.checkpoint();
  }

  /** Ends the worker because of an error: what is finished is still committed, then `finished` rejects. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#phase === 'stopped') return;
    this.#failure = error;
    this.#around.logger.fatal({ err: loggable(error) }, `the worker stops: ${reason(error)}`);
    void this.stop();
  }

  /** Stops in order, within `shutdownTimeout`. Resolves when everything is closed; never rejects, see `finished`. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { logger } = this.#around;
    this.#phase = 'stopping';
    logger.info('stopping');
    this.#readiness.end(this.#failure ?? new LifecycleError('the worker was stopped before it was ready'));
    this.#around.crashes?.close();
    this.#watches?.stop(this.#settings.shutdownTimeoutMs);
    this.#topicWatch?.stop();
    this.#purge?.stop();
    this.#cancelCheckpoint();
    const problems = await shutDown({
      ...{
        ...this.#parts,
        ...this.#around,
        topology: this.#topology,
        topics: this.#topics,
        handOver: this.#handOver,
        recovery: this.#recovery,
      },
      ...{ components: this.#components, loop: this.#loop, polling: this.#polling, budgetMs: this.#settings.shutdownTimeoutMs },
    });
    this.#watches?.end();
    this.#around.membership?.close(this.#around.leaves === true, problems.length === 0);
    this.#phase = 'stopped';
    this.#failure ??= problems[0];
    this.#observers.tell('stopped', this.#failure === undefined ? {} : { failure: this.#failure });
    if (this.#failure === undefined) this.#settle.resolve();
    else this.#settle.reject(this.#failure);
  }

  /** Drops everything on the spot, as a killed process would: nothing drained, nothing committed. For tests. */
  crash(): void {
    this.#phase = 'stopped';
    this.#stopped = Promise.resolve();
    this.#around.crashes?.leave();
    this.#watches?.stop(0);
    this.#topicWatch?.stop();
    this.#purge?.stop();
    this.#watches?.end();
    this.#cancelCheckpoint();
    void stopComponents(this.#components, this.#around.logger);
    for (const partition of this.#parts.assignment) partition.abandon(new LifecycleError('crashed'));
    void this.#recovery.close();
    this.#topics.connect(undefined);
    this.#loop?.end();
    this.#readiness.end(new LifecycleError('the worker has crashed'));
    this.#settle.resolve();
  }

  /** What the worker has to do now. */
  get load(): Load {
    let waiting = 0;
    let running = this.#components.reduce((sum, component) => sum + (component.running?.().length ?? 0), 0);
    running += this.#takeOver?.running ?? 0;
    for (const lane of this.#parts.assignment.lanes()) {
      waiting += lane.load.waiting;
      running += lane.load.running;
    }
    return { waiting, running };
  }

  /**
   * Resolves when the partitions of the first assignment have their state and run; without agents at the start. Rejects with what has ended the worker before. It may
   * take as long as the group takes to give it any.
   */
  get ready(): Promise<void> {
    return this.#readiness.promise;
  }

  /** The handlers that have not settled, as text for messages. */
  running(): string[] {
    return [...this.#parts.assignment.lanes()].flatMap((lane) =>
      [...lane.running()].map((event) => `${event.agent} on ${formatPosition(event)}`),
    );
  }

  /** Why the worker stops, when it does so by itself. */
  get failure(): Error | undefined {
    return this.#failure;
  }
}

function newerNotes(at: Position): StateError {
  return new StateError(
    `a newer version of weir has noted beside the offset of ${formatPosition(at)} what its agents have completed, and this version cannot read it: run the newer one, or begin anew with another \`version\` of the app`,
    { code: 'FORMAT_NEWER' },
  );
}
