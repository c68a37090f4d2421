import type { Logger } from 'pino';
import { asError, LifecycleError, reason } from '../errors/index.js';
import type { RunningTimer } from '../tasks/index.js';
import { type Clock, formatMs } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import type { Topology } from '../topology/index.js';
import type { Transport } from '../transport/index.js';
import type { Assembly } from './assembly.js';
import type { HandOver } from './hand-over.js';
import { stopHooks } from './hooks.js';
import { within } from './limit.js';
import type { PollLoop } from './poll-loop.js';

/** What is to be stopped, and with what. */
export interface ShutdownParts extends Pick<Assembly, 'assignment' | 'checkpoint' | 'consumer' | 'producer'> {
  readonly topology: Topology;
  readonly topics: Topics;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timers: readonly RunningTimer[];
  readonly handOver: HandOver;
  readonly loop: PollLoop | undefined;
  /** Resolves when the poll loop has ended. */
  readonly polling: Promise<void>;
  readonly budgetMs: number;
}

/** The least time a step is given when the budget is spent: long enough to end in order what answers at all. */
const LEAST_MS = 1_000;

/**
 * Stops in order: no further event begins → what runs finishes → checkpoint → leave the group → stop hooks → close.
 * @returns what went wrong on the way, first things first
 */
export async function shutDown(parts: ShutdownParts): Promise<Error[]> {
  const { clock, logger, budgetMs } = parts;
  const ends = clock.now() + budgetMs;
  const limited = (done: Promise<unknown>) => within(clock, Math.max(LEAST_MS, ends - clock.now()), done);
  const problems: Error[] = [];
  parts.loop?.stopDispatching();
  const timers = Promise.all(parts.timers.map((timer) => timer.stop()));
  const abandoned = await parts.handOver.drain([...parts.assignment], Math.max(0, ends - clock.now()));
  if ((await limited(timers)) === 'late') abandoned.push('a timer');
  if (abandoned.length > 0) problems.push(incomplete(abandoned, budgetMs));
  const last = parts.checkpoint.run().catch((error: unknown) => {
    problems.push(asError(error));
    logger.error({ error: reason(error) }, 'the last checkpoint failed: what is not committed runs again after the restart');
  });
  if ((await limited(last)) === 'late') problems.push(incomplete(['the last checkpoint'], budgetMs));
  parts.loop?.end();
  await limited(parts.polling);
  await limited(parts.consumer?.close() ?? Promise.resolve());
  const hooks = stopHooks(parts.topology.hooks, logger, (error) => problems.push(error));
  if ((await limited(hooks)) === 'late') problems.push(incomplete(['a stop hook'], budgetMs));
  parts.topics.connect(undefined);
  await limited(parts.producer.close());
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
