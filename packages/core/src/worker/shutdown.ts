import type { Logger } from 'pino';
import { asError, LifecycleError, reason } from '../errors/index.js';
import type { HandOver, PollLoop } from '../partitions/index.js';
import type { Recovery } from '../recovery/index.js';
import { type Clock, formatMs, within } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import type { RunningComponent, Topology } from '../topology/index.js';
import type { Transport } from '../transport/index.js';
import type { Assembly } from './assembly.js';
import { stopComponents, stopHooks } from './hooks.js';
import type { PartitionHooks } from './partition-hooks.js';

/** What is to be stopped, and with what. */
export interface ShutdownParts extends Pick<Assembly, 'assignment' | 'checkpoint' | 'consumer' | 'producer'> {
  readonly topology: Topology;
  readonly topics: Topics;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly components: readonly RunningComponent[];
  readonly handOver: HandOver;
  readonly partitionHooks: PartitionHooks;
  readonly recovery: Recovery;
  readonly loop: PollLoop | undefined;
  /** Resolves when the poll loop has ended. */
  readonly polling: Promise<void>;
  readonly budgetMs: number;
}

/** What is left of the budget when handlers, the last checkpoint and all that is closed must have come to their ends: what answers at all then gets some time. */
const LEFT = { ofHandlers: 1, ofCheckpoint: 0.5, ofClosing: 0.25 } as const;
/** The longest time that is kept back for what comes after the handlers, and the share of a small budget. */
const KEPT_MS = 4_000;
const KEPT_SHARE = 0.25;
/** The least time that a step is given. */
const LEAST_MS = 100;

/**
 * Stops in order: no further event begins → what runs finishes → checkpoint → leave the group → stop hooks → close.
 * @returns what went wrong on the way, first things first
 */
export async function shutDown(parts: ShutdownParts): Promise<Error[]> {
  const { clock, logger, budgetMs } = parts;
  const began = clock.now();
  const ends = began + budgetMs;
  const kept = Math.min(KEPT_MS, budgetMs * KEPT_SHARE);
  const leftMs = (left: number) => Math.max(LEAST_MS, ends - left * kept - clock.now());
  const limited = (done: Promise<unknown>, left: number = LEFT.ofClosing) => within(clock, leftMs(left), done, 'late');
  const problems: Error[] = [];
  parts.loop?.stopDispatching();
  const components = stopComponents(parts.components, logger, (error) => problems.push(error));
  const abandoned = await parts.handOver.drain(parts.assignment.groups(), leftMs(LEFT.ofHandlers));
  if ((await limited(components, LEFT.ofHandlers)) === 'late')
    abandoned.push(...parts.components.flatMap((each) => each.running?.() ?? []));
  if ((await limited(parts.partitionHooks.quiet(), LEFT.ofHandlers)) === 'late') abandoned.push(...parts.partitionHooks.running());
  if (abandoned.length > 0) problems.push(incomplete(abandoned, budgetMs));
  const last = parts.checkpoint.run().catch((error: unknown) => {
    problems.push(asError(error));
    logger.error({ error: reason(error) }, 'the last checkpoint failed: what is not committed runs again after the restart');
  });
  if ((await limited(last, LEFT.ofCheckpoint)) === 'late') problems.push(incomplete(['the last checkpoint'], budgetMs));
  parts.loop?.end();
  await limited(parts.polling);
  await limited(parts.consumer?.close() ?? Promise.resolve());
  // What holds the hand-over has `drainTimeout`.
  const told = parts.partitionHooks.running().filter((each) => !abandoned.includes(each));
  if (told.length > 0) problems.push(incomplete(told, clock.now() - began));
  let hook = '';
  const hooks = stopHooks(
    parts.topology.hooks,
    logger,
    (error) => problems.push(error),
    (name) => {
      hook = name;
    },
  );
  if ((await limited(hooks)) === 'late') problems.push(incomplete([`stop hook ${hook}`], budgetMs));
  parts.topics.connect(undefined);
  await limited(parts.recovery.close());
  // Before that time is over, so that it says nothing once the worker has stopped.
  await limited(parts.producer.close(leftMs(LEFT.ofClosing) / 2));
  await limited(parts.transport.close());
  return problems;
}

function incomplete(abandoned: readonly string[], ms: number): LifecycleError {
  const what = abandoned.join('; ');
  return new LifecycleError(
    `not everything had finished within ${formatMs(ms)} of being asked to stop: ${what}. It runs again after the restart`,
    {
      code: 'SHUTDOWN_INCOMPLETE',
    },
  );
}
