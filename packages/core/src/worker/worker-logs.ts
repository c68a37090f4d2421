import type { Logger } from 'pino';
import type { Topology } from '../topology/index.js';

/** Warns of a worker that would say "ready" and never do anything. */
export function warnOfNothing({ agents, components = [] }: Topology, logger: Logger): void {
  if (agents.length > 0 || components.length > 0) return;
  logger.warn('this worker has no agents and no timers: it will do nothing. Are the classes that have them listed in providers of @App?');
}
