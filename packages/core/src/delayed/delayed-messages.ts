import type { Logger } from 'pino';
import type { TopicDefinition } from '../definitions/index.js';
import { asError, loggable, reason, TransportError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { type Cancel, type Clock, inRounds } from '../time/index.js';
import { delayedPart, delayedTopic, delayedTopics, provision, topicsToProvision } from '../topics/index.js';
import type { AppOptions, BoundComponent, RunningComponent } from '../topology/index.js';
import { type Admin, type PreparedTopic, SharedTransport, type Transport } from '../transport/index.js';
import { delayedApp } from './delayed-app.js';
import { delayedDefinition } from './topic.js';

/** How often it is looked whether somebody else has sent the first delayed message. */
const lookMs = 10_000;

/** The worker that moves delayed messages on. */
export interface RunningPart {
  readonly finished: Promise<void>;
  stop(): Promise<void>;
  crash(): Promise<void>;
  checkpoint(): Promise<void>;
  /** What has begun and not come to its end. */
  running(): readonly string[];
}

/** What the worker of a part is started with. */
export interface PartOptions extends Omit<AppOptions, 'id' | 'version' | 'part'> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, never>>;
}

export interface DelayedMessagesParts {
  /** The app that they are sent by, with its options. */
  readonly app: AppOptions;
  /** Closed by somebody else. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly start: (appClass: Class, options: PartOptions) => Promise<RunningPart>;
}

/** The delayed messages of one worker. What moves them on runs from the first one on, whoever sends it: an app without any has nothing of them. */
export class DelayedMessages implements PreparedTopic, RunningComponent {
  readonly topic: string;
  readonly #parts: DelayedMessagesParts;
  readonly #stopping = new AbortController();
  #admin: Promise<Admin> | undefined;
  #fail: (error: Error) => void = () => undefined;
  #cancelLooks: Cancel = () => undefined;
  #starting: Promise<void> | undefined;
  #part: RunningPart | undefined;

  constructor(parts: DelayedMessagesParts) {
    this.#parts = parts;
    this.topic = delayedTopic(parts.app.id);
  }

  /** As what runs beside the agents of a worker. */
  readonly component: BoundComponent = {
    kind: 'delayed messages',
    members: [],
    open: ({ fail }) => {
      this.#fail = fail;
      return this;
    },
  };

  /** Creates their topic, and has them moved on. @throws TransportError `TOPIC_MISSING` where it is to be there, and is not */
  async prepare(): Promise<void> {
    const { app } = this.#parts;
    const { topics: policy = 'create' } = app;
    const admin = await this.#asked();
    if (policy === 'verify') await mustBeThere(app.id, admin);
    else await provision(admin, topicsToProvision([delayedDefinition(app.id)] as readonly TopicDefinition[]), policy);
    this.#begin();
  }

  start(): void {
    void this.#look();
    this.#cancelLooks = inRounds(this.#parts.clock, lookMs, () => this.#look());
  }

  /** Somebody else may have sent one: an earlier worker, another one, or a program that has none. */
  async #look(): Promise<void> {
    if (this.#starting !== undefined) return;
    try {
      const admin = await this.#asked();
      if ((await admin.describe([this.topic])).length > 0) this.#begin();
    } catch (error) {
      // The broker may be away for a while; others say so.
      this.#parts.logger.debug({ error: reason(error) }, 'cannot tell whether there are delayed messages');
    }
  }

  async #asked(): Promise<Admin> {
    this.#admin ??= this.#parts.transport.admin();
    return this.#admin.catch((error: unknown) => {
      this.#admin = undefined;
      throw error;
    });
  }

  #begin(): void {
    if (!this.#stopping.signal.aborted) this.#starting ??= this.#start();
  }

  async #start(): Promise<void> {
    const { app, transport, clock, logger, start } = this.#parts;
    // A thread that is blocked ends the process of the worker that blocks it, which is the other one.
    const { id, version, errors, endBlocked, ...options } = app;
    try {
      this.#part = await start(delayedApp(id), {
        ...options,
        errors: { then: errors?.then, crashes: false, retry: { attempts: 8, order: 'key' } },
        transport: new SharedTransport(transport),
        ...{ clock, logger: logger.child({ part: delayedPart }), signal: this.#stopping.signal, environment: {} },
      });
      this.#cancelLooks();
      this.#part.finished.catch((error: unknown) => this.#fail(asError(error)));
    } catch (thrown) {
      this.#notStarted(asError(thrown));
    }
  }

  #notStarted(error: Error): void {
    if (this.#stopping.signal.aborted) return;
    this.#starting = undefined;
    if (!(error instanceof TransportError) || !error.retriable) this.#fail(error);
    else this.#parts.logger.warn({ err: loggable(error) }, `delayed messages wait for longer: ${reason(error)}. It is tried again`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelLooks();
    await this.#starting;
    await this.#part?.stop();
  }

  /** Drops it on the spot, as a killed process would. */
  async crash(): Promise<void> {
    this.#stopping.abort();
    this.#cancelLooks();
    await this.#part?.crash();
  }

  async checkpoint(): Promise<void> {
    await this.#part?.checkpoint();
  }

  running(): readonly string[] {
    if (this.#part !== undefined) return this.#part.running();
    return this.#starting === undefined ? [] : ['the start of what moves delayed messages on'];
  }
}

/** @throws TransportError `TOPIC_MISSING` */
async function mustBeThere(id: string, admin: Admin): Promise<void> {
  const names = delayedTopics(id);
  const found = await admin.describe(names);
  const missing = names.filter((name) => !found.some((each) => each.name === name));
  if (missing.length === 0) return;
  throw new TransportError(
    `topics are missing: ${missing.join(', ')}, for messages that are sent with at. Create them (weir topics apply --delayed), or start with topics: 'create'`,
    { code: 'TOPIC_MISSING' },
  );
}
