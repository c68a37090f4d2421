import type { Container } from 'inversify';
import type { Logger } from 'pino';
import { HotFile, MembershipFile } from '../datadir/index.js';
import type { Provider } from '../decorators/index.js';
import { DelayedMessages, type PartOptions } from '../delayed/index.js';
import { discover, ownTopicFaults } from '../discovery/index.js';
import { DefinitionError, LifecycleError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { WorkerObserver } from '../observers/index.js';
import { PoisonWatch } from '../poison/index.js';
import type { Stores } from '../stores/index.js';
import { type Clock, SystemClock } from '../time/index.js';
import { delayedTopic, Topics } from '../topics/index.js';
import { type AppOptions, groupOf, type Topology } from '../topology/index.js';
import type { Transport } from '../transport/index.js';
import { letGo, StreamWorker } from '../worker/index.js';
import { statesOf, tablesOf } from './app-tables.js';
import { fillContainer } from './container.js';
import { reportHotKeys } from './hot-report.js';
import { withJoins } from './joined-agents.js';
import { standardLogger } from './logger.js';
import { mergeOptions } from './options.js';
import { openStores, storesDirectory } from './stores.js';
import { openTransport } from './transports.js';
import { unreadVariables } from './variables.js';

/** What differs from the declaration for one worker: options of the app, and what it runs on. */
export interface Overrides extends Partial<AppOptions> {
  /** @default that of `@App`, or a pino logger on standard error, at the level of WEIR_LOGLEVEL or 'warn' */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Taken instead of the app's own providers of the same identifiers. */
  readonly providers?: readonly Provider[];
  /** Used instead of opening `broker`; the worker closes it. */
  readonly transport?: Transport;
  /** Opens the stores of a consumer group in place of `store`; undefined keeps tables in memory alone. The worker closes them. */
  readonly stores?: (group: string) => Promise<Stores | undefined>;
  /**
   * Whether a worker with a `member` name leaves the group when it stops in order: for one whose name is only meant for when it is started again after
   * a crash. @default false
   */
  readonly leaves?: boolean;
  /** Whether tables may be used though the consumer group has no offsets for them: events are counted on top of what is there. @default false */
  readonly acceptReset?: boolean;
  /** Aborted while the worker starts: it gives up what it has begun, and `start` rejects with `LIFECYCLE_ORDER`. Afterwards `stop` is the way. */
  readonly signal?: AbortSignal;
  /** Told what happens to the worker, beside its log. */
  readonly observers?: readonly WorkerObserver[];
  /** Where options are looked up by name (`WEIR_BROKER`, …). @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A running instance of an app. */
export class Worker {
  readonly #worker: StreamWorker;
  readonly #delayed: DelayedMessages | undefined;
  readonly #container: Container;
  readonly #stores: Stores | undefined;
  readonly #finished: Promise<void>;
  #hasEnded = false;

  /** @param close called when it has ended */
  private constructor(
    worker: StreamWorker,
    delayed: DelayedMessages | undefined,
    container: Container,
    stores: Stores | undefined,
    close: () => Promise<void>,
  ) {
    this.#worker = worker;
    this.#delayed = delayed;
    this.#container = container;
    this.#stores = stores;
    this.#finished = worker.finished.finally(async () => {
      this.#hasEnded = true;
      await container.unbindAll();
      await close();
    });
    this.#finished.catch(() => undefined);
  }

  /**
   * Checks the declarations, makes the classes, connects and joins the group.
   * @throws DefinitionError with every fault of the declarations; ConfigurationError for an option; TransportError when the broker cannot be used
   */
  static async start(appClass: Class, overrides: Overrides = {}): Promise<Worker> {
    const discovery = discover(appClass);
    const {
      logger: given,
      clock = new SystemClock(),
      transport: ready,
      stores: openReady,
      providers = [],
      environment = process.env,
      leaves,
      signal,
      acceptReset,
      observers,
      ...options
    } = overrides;
    const app = mergeOptions(discovery.app, environment, options, discovery.tables.length > 0);
    // Under another id or with other errors than were declared it may be another topic, or another policy.
    const faults = ownTopicFaults(app, discovery);
    if (faults.length > 0) throw new DefinitionError(faults);
    const logger = given ?? discovery.app.logger ?? standardLogger(environment);
    for (const told of unreadVariables(environment)) logger.warn(told);
    const isPart = app.part !== undefined;
    const topics = new Topics(app.codec, clock, isPart ? undefined : delayedTopic(app.id));
    const tables = tablesOf(discovery, app, topics, clock);
    const all = [...providers, appClass, ...(discovery.app.providers ?? [])];
    const { container, instances } = await fillContainer(discovery, all, { topics, tables, clock, logger });
    const declared = discovery.topology(instances, app);
    const states = statesOf(tables, declared);
    const { globals = [], components = [] } = declared;
    const agents = declared.agents.map((agent) => withJoins(agent, tables));
    const transport = ready ?? (await openTransport({ broker: app.broker, clientId: app.id, clock, logger, properties: app.kafka ?? {} }));
    const startPart = (part: Class, given: PartOptions) => Worker.start(part, { ...given, acceptReset, stores: openReady });
    const delayed = isPart ? undefined : new DelayedMessages({ app, transport, clock, logger, start: startPart });
    const topology: Topology = {
      ...{ ...declared, app, agents, states },
      components: delayed === undefined ? components : [...components, delayed.component],
      recoverGlobals: (around) => tables.recoverGlobals(globals, around),
      keepCopies: (around) => tables.keepCopies(around),
    };
    const crashes = mayFindCrashes(topology, transport, options.datadir) ? PoisonWatch.open(app.datadir, clock, logger) : undefined;
    const member = app.member || undefined;
    const membership = hasMembership(topology, transport)
      ? MembershipFile.open({ datadir: app.datadir, group: groupOf(app), member, clock, logger })
      : undefined;
    const location = {
      ...app,
      group: groupOf(app),
      member: membership?.isOwn === true ? undefined : member,
      own: membership?.member,
      logger,
    };
    let stores: Stores | undefined;
    try {
      if (states.length + globals.length > 0) stores = await (openReady === undefined ? openStores(location) : openReady(groupOf(app)));
      if (stores !== undefined) tables.keepIn(stores);
    } catch (error) {
      await letGo({ transport, crashes, membership });
      throw error;
    }
    const name = membership?.member ?? member ?? 'worker';
    const hot =
      states.length > 0 && keepsFiles(transport, options.datadir)
        ? reportHotKeys(new HotFile(storesDirectory(app.datadir, groupOf(app)), name, clock.now()), tables, clock, logger)
        : () => undefined;
    const worker = await StreamWorker.start(topology, {
      ...{ transport, clock, logger, topics, membership, crashes, signal, acceptReset, observers, prepared: delayed },
      member: membership?.member ?? member,
      leaves: leaves || membership?.isOwn,
    }).catch(async (error: unknown) => {
      hot();
      await stores?.close();
      throw error;
    });
    return new Worker(worker, delayed, container, stores, () => {
      hot();
      return tables.close();
    });
  }

  /** Resolves when the worker was stopped and everything had finished; rejects with what made it stop by itself. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /**
   * Resolves when the partitions of the first assignment have their tables and run; in an app without agents at the start. Rejects with what made the worker stop
   * before.
   */
  get ready(): Promise<void> {
    return this.#worker.ready;
  }

  /** Finishes what runs, commits it, leaves the group and closes, within `shutdownTimeout`. */
  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#finished.catch(() => undefined);
  }

  /** Drops everything on the spot, as a killed process would. For tests. */
  async crash(): Promise<void> {
    const closed = Promise.all([this.#stores?.close(), this.#delayed?.crash()]);
    this.#worker.crash();
    await closed;
  }

  /** Makes lasting what is done now, of delayed messages, too. For tests. */
  async checkpoint(): Promise<void> {
    await Promise.all([this.#worker.checkpoint(), this.#delayed?.checkpoint()]);
  }

  /** What has begun and not come to its end. For tests. */
  running(): string[] {
    const { waiting, running } = this.#worker.load;
    return Array.from({ length: waiting + running }, () => this.#worker.running()[0] ?? 'an event');
  }

  /** The app's instance of a class, or whatever the container has for an identifier. @throws LifecycleError when the worker has ended */
  get<T extends object>(declaring: Class<T>): T {
    if (this.#hasEnded)
      throw new LifecycleError(`the worker has ended and let go of its instances: get ${declaring.name} while it runs, and keep it`);
    return this.#container.get(declaring as never);
  }

  /** The machinery under the app, for tools and tests. */
  get stream(): StreamWorker {
    return this.#worker;
  }
}

/** Whether it is a member of a group beyond the life of the process. */
function hasMembership({ agents, app }: Topology, { abilities }: Transport): boolean {
  return abilities.inProcess !== true && agents.length > 0 && app.member !== false;
}

/** Whether it leaves files of its own accord. In one process only where that is asked for: in a test. */
function keepsFiles({ abilities }: Transport, datadir: string | undefined): boolean {
  return !abilities.inProcess || datadir !== undefined;
}

/** Whether an input that ends the process can come again, and is to be set aside then. */
function mayFindCrashes({ agents, app }: Topology, transport: Transport, datadir: string | undefined): boolean {
  return keepsFiles(transport, datadir) && agents.some(({ errors }) => (errors?.crashes ?? app.errors?.crashes) !== false);
}
