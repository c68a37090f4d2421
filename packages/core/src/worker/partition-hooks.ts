import type { Logger } from 'pino';
import { refuseSteps } from '../agents/index.js';
import { HookError, loggable, reason } from '../errors/index.js';
import type { TopicPartition } from '../positions/index.js';
import { type Clock, formatMs, within } from '../time/index.js';
import type { Hook } from '../topology/index.js';
import { ORDINARY } from './hooks.js';

export interface PartitionHooksParts {
  readonly hooks: readonly Hook[];
  /** Topics that the app keeps for itself: nobody is told of their partitions. */
  readonly internal: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long partitions that go wait for it, in milliseconds. */
  readonly limitMs: number;
}

/** What hooks are told of partitions. */
type Change = 'assigned' | 'revoked' | 'recovered';

const decorators: Readonly<Record<Change, string>> = { assigned: '@OnAssigned', revoked: '@OnRevoked', recovered: '@OnRecovered' };

/** Calls the hooks that are told of partitions: one after another, in the order of the changes. */
export class PartitionHooks {
  readonly #parts: PartitionHooksParts;
  /** What was told last, to its end. */
  #last: Promise<unknown> = Promise.resolve();
  #running = '';

  constructor(parts: PartitionHooksParts) {
    this.#parts = parts;
  }

  /** The one that runs, as text for messages. */
  running(): string[] {
    return this.#running === '' ? [] : [this.#running];
  }

  /** Resolves when those that were told have come to their ends. */
  async quiet(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last;
      await last;
    }
  }

  /** Whether partitions that have come wait for hooks. */
  get areAwaited(): boolean {
    return this.#parts.hooks.some(({ assigned, recovered }) => (assigned ?? recovered) !== undefined);
  }

  /** @throws HookError of the first that fails; the others are not called */
  assigned(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#tell('assigned', partitions, this.#parts.hooks);
  }

  /** @throws HookError as `assigned` */
  recovered(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#tell('recovered', partitions, this.#parts.hooks);
  }

  /** Resolves when all were called, or the time is over. One that fails does not keep the others from being called. */
  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { clock, logger, limitMs, hooks } = this.#parts;
    const told = hooks.toReversed().map((hook) =>
      this.#tell('revoked', partitions, [hook]).catch((error: HookError) => {
        logger.error({ hook: error.hook, err: loggable(error.cause) }, `${reason(error)}. The partitions go all the same`);
      }),
    );
    if ((await within(clock, limitMs, Promise.all(told), 'late')) === 'late')
      logger.error(`${this.#running} still runs after ${formatMs(limitMs)}: the partitions go all the same`);
  }

  #tell(change: Change, all: readonly TopicPartition[], hooks: readonly Hook[]): Promise<void> {
    const partitions = all
      .filter(({ topic }) => !this.#parts.internal.includes(topic))
      .map(({ topic, partition }) => ({ topic, partition }));
    const called = hooks.filter((hook) => hook[change] !== undefined);
    if (partitions.length === 0 || called.length === 0) return Promise.resolve();
    const told = this.#last.then(() => this.#call(change, partitions, called));
    this.#last = told.catch(() => undefined);
    return told;
  }

  async #call(change: Change, partitions: readonly TopicPartition[], hooks: readonly Hook[]): Promise<void> {
    for (const hook of hooks) {
      this.#running = `${decorators[change]} ${hook.name}`;
      try {
        refuseSteps(await hook[change]?.(partitions), hook.name, ORDINARY);
      } catch (cause) {
        throw new HookError(decorators[change], hook.name, { cause });
      } finally {
        this.#running = '';
      }
    }
  }
}
