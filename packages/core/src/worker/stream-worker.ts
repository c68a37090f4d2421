import { asError, LifecycleError, loggable, reason, TransportError } from '../errors/index.js';
import { RecentEvents } from '../lanes/index.js';
import { Observers, workerLog } from '../observers/index.js';
import { type AssignedPartition, Flow, HandOver, PartitionerCheck, PollLoop } from '../partitions/index.js';
import { formatPartitions, formatPosition, type TopicPartition } from '../positions/index.js';
import { Recovery } from '../recovery/index.js';
import { Watches } from '../supervision/index.js';
import { Topics } from '../topics/index.js';
import { groupOf, type Hook, type RunningComponent, type StateSurroundings, type Topology } from '../topology/index.js';
import { askAdmin } from '../transport/index.js';
import { type Assembly, type AssemblyParts, assemble } from './assembly.js';
import { GroupSets } from './assigning/group-sets.js';
import { RebalanceListener } from './assigning/rebalance-listener.js';
import { TableNotes } from './assigning/table-notes.js';
import { TakeOver } from './assigning/take-over.js';
import { openComponents } from './components/open.js';
import { mustGoOn, startHooks, stopComponents, unlessAborted } from './hooks.js';
import { PartitionHooks } from './partition-hooks.js';
import { ReadPositions } from './read-positions.js';
import { Readiness } from './readiness.js';
import { type Settings, settingsOf } from './settings.js';
import { shutDown } from './shutdown.js';
import { letGo, type Surroundings } from './surroundings.js';
import { provisionTopics } from './topics/provisioning.js';
import { topicRounds } from './topics/rounds.js';
import { internalTopics, keyPartitionsOf, setNotes } from './wiring.js';
import { warnOfManyWindows, warnOfNothing } from './worker-logs.js';

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
  #sets!: GroupSets;
  #takeOver: TakeOver | undefined;
  readonly #hooks: PartitionHooks;
  #flow: Flow | undefined;
  #loop: PollLoop | undefined;
  #watches: Watches | undefined;
  /** What is done again and again while it runs. */
  readonly #rounds: { stop(): void }[] = [];
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
    this.#recovery = new Recovery({ ...around, observers: this.#observers, bytesPerSecond: this.#settings.recoveryBytesPerSecond });
    const { clock, logger } = around;
    const limitMs = this.#settings.drainTimeoutMs;
    this.#hooks = new PartitionHooks({ hooks: topology.hooks, internal: internalTopics(topology), clock, logger, limitMs });
    this.#topics = around.topics ?? new Topics(topology.app.codec, around.clock);
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.finished.catch(() => undefined);
    this.#readiness = new Readiness((first) => this.#observers.tell('ready', first));
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
      await worker.#recovery.close();
      worker.#topics.connect(undefined);
      await letGo(around);
      throw error;
    }
    return worker;
  }

  async #start(): Promise<void> {
    const { clock, logger, transport, member, leaves, membership, prepared, crashes } = this.#around;
    warnOfNothing(this.#topology, logger);
    warnOfManyWindows(this.#topology, logger);
    const provisioned = provisionTopics(this.#topology, transport, logger);
    const parts: AssemblyParts = {
      ...{ topology: this.#topology, settings: this.#settings, topics: this.#topics, observers: this.#observers },
      ...{ transport, clock, logger, member, leaves, membership, prepared },
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
    await this.#agree();
    await unlessAborted(this.#recoverGlobals(), this.#around.signal);
    this.#handOver = new HandOver(this.#parts.assignment, this.#parts.checkpoint, clock, logger);
    await startHooks([...this.#topology.hooks, ...this.#openComponents()], logger, this.#around.signal);
    await this.#subscribe();
    this.#scheduleCheckpoint();
    this.#phase = 'running';
    if (this.#parts.consumer === undefined) this.#readiness.begin({ partitions: [], entries: 0, ms: 0 });
    this.#readiness.started();
    this.#readiness.promise.then(
      () => this.#keepCopies(),
      () => undefined,
    );
  }

  /** Whatever runs finds them whole. */
  async #recoverGlobals(): Promise<void> {
    await this.#topology.recoverGlobals?.(this.#stateSurroundings());
  }

  #stateSurroundings(): StateSurroundings {
    const { clock, logger } = this.#around;
    const { uncommitted } = this.#parts;
    const parts = {
      recovery: this.#recovery,
      clock,
      logger,
      uncommitted,
      observers: this.#observers,
      stallMs: this.#settings.stallTimeoutMs,
    };
    return { ...parts, fail: (error) => this.fail(error) };
  }

  /** Nobody waits for them. */
  #keepCopies(): void {
    if (this.#phase !== 'running') return;
    const copies = this.#topology.keepCopies?.(this.#stateSurroundings());
    if (copies !== undefined) this.#rounds.push(copies);
  }

  /** Nothing is begun while other workers of the group keep other topics together. */
  async #agree(): Promise<void> {
    const { consumer, subscription } = this.#parts;
    if (consumer === undefined) return;
    const { clock, logger, transport, signal } = this.#around;
    const topology = this.#topology;
    const sets = new GroupSets({
      ...{ consumer, clock, logger, subscription, group: groupOf(topology.app) },
      ...{ internal: internalTopics(topology), setNoteOf: setNotes(topology) },
    });
    this.#sets = sets;
    const agreed = askAdmin(transport, (admin) => sets.agreed(admin, () => mustGoOn(signal)));
    await unlessAborted(agreed, signal);
  }

  /** They are started after all hooks. @returns what starts them */
  #openComponents(): Hook[] {
    const { clock, logger } = this.#around;
    const opened = openComponents(this.#topology, this.#parts, {
      ...{ clock, logger, recovery: this.#recovery, isExact: this.#settings.guarantee === 'exactly-once', ready: this.ready },
      moved: () => this.#moved(),
      fail: (error) => this.fail(error),
      abort: (why) => this.#abort(why),
    });
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

  async #subscribe(): Promise<void> {
    const { consumer, subscription, assignment, producer, retries, uncommitted } = this.#parts;
    if (consumer === undefined) return;
    const { logger, clock, transport, acceptReset = false } = this.#around;
    const fail = (error: Error) => this.fail(error);
    const common = { assignment, consumer, clock, logger, observers: this.#observers, fail };
    const flow = new Flow(assignment, consumer, producer, clock);
    this.#flow = flow;
    const tableNotes = new TableNotes({
      group: groupOf(this.#topology.app),
      logger,
      topics: async () => (await transport.admin()).topics(),
    });
    const takeOver = new TakeOver({ ...common, tableNotes, flow, hooks: this.#hooks, recovery: this.#recovery, acceptReset });
    this.#takeOver = takeOver;
    const { lookAtTopics, rounds } = topicRounds(this.#topology, {
      ...{ ...common, admin: await transport.admin(), outputs: this.#parts.outputs, recovery: this.#recovery },
      idleAfterMs: this.#settings.idleAfterMs,
      replaced: (partitions) => this.#replaced(partitions),
    });
    for (const each of rounds) {
      each.start();
      this.#rounds.push(each);
    }
    const partitioners = new PartitionerCheck({ partitions: keyPartitionsOf(this.#topology), logger });
    const loop = new PollLoop({ consumer, producer, assignment, flow, partitioners, wentBack: lookAtTopics });
    const reading = new ReadPositions({
      ...{ ...common, loop },
      take: (at) => void takeOver.take([at], false),
      isStopped: () => this.#phase === 'stopped',
    });
    this.#loop = loop;
    this.#reading = reading;
    const { drainTimeoutMs, stallTimeoutMs: stallMs, endBlockedMs } = this.#settings;
    const listener = new RebalanceListener({
      ...{ ...common, takeOver, retries, handOver: this.#handOver, hooks: this.#hooks, readiness: this.#readiness },
      ...{ drainTimeoutMs, lookAtTopics, sets: this.#sets },
    });
    await consumer.subscribe(subscription, listener);
    logger.info(`subscribed to ${subscription.map(String).join(', ')} as group ${groupOf(this.#topology.app)}`);
    // A client that breaks while it subscribes has the worker stop before it runs.
    if (this.#stopped === undefined)
      this.#watches = new Watches({
        ...{ ...common, transport, recent: this.#recent, stallMs, endBlockedMs, uncommitted },
        hasProcess: transport.abilities.inProcess !== true,
        notes: this.#around.membership?.files,
        readAnew: (partition, from) => {
          lookAtTopics();
          return reading.again(partition, from);
        },
      });
    this.#polling = loop.run().catch((error: unknown) => this.fail(asError(error)));
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
      if (this.#settings.guarantee === 'exactly-once' || (error instanceof TransportError && error.isFinal)) this.fail(asError(error));
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
    for (const each of this.#rounds) each.stop();
    this.#cancelCheckpoint();
    const problems = await shutDown({
      ...{
        ...this.#parts,
        ...this.#around,
        topology: this.#topology,
        topics: this.#topics,
        handOver: this.#handOver,
        partitionHooks: this.#hooks,
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
    for (const each of this.#rounds) each.stop();
    this.#watches?.end();
    this.#cancelCheckpoint();
    void stopComponents(this.#components, this.#around.logger);
    for (const group of this.#parts.assignment.groups()) group.abandon(new LifecycleError('crashed'));
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

  /** The watermark of a partition, in milliseconds since 1970: −∞ before its first event; undefined where nothing goes by it, or it is not ours. */
  watermark(at: TopicPartition): number | undefined {
    return this.#parts.assignment.groupsOf([at])[0]?.state?.watermark?.now;
  }

  /** The handlers, and the hook of partitions, that have not settled, as text for messages. */
  running(): string[] {
    const handlers = [...this.#parts.assignment.lanes()].flatMap((lane) =>
      [...lane.running()].map((event) => `${event.agent} on ${formatPosition(event)}`),
    );
    return [...handlers, ...this.#hooks.running()];
  }

  /** Why the worker stops, when it does so by itself. */
  get failure(): Error | undefined {
    return this.#failure;
  }
}
