import type { Logger } from 'pino';
import { gridOf, isWindowedTable } from '../definitions/index.js';
import type { Topology } from '../topology/index.js';
import { windowsPerTime } from '../windows/index.js';

/** So many windows for one event are probably meant otherwise. */
const windowsMax = 24;

/** Warns of tables that write so many entries for one event. */
export function warnOfManyWindows({ tables = [] }: Topology, logger: Logger): void {
  for (const { definition } of tables) {
    if (!isWindowedTable(definition) || definition.windowing.kind === 'session') continue;
    const windows = windowsPerTime(gridOf(definition.windowing));
    if (windows > windowsMax)
      logger.warn(
        `table ${definition.name} has ${windows} windows for one event, and writes as many entries: have its windows begin less often`,
      );
  }
}

/** Warns of a worker that would say "ready" and never do anything. */
export function warnOfNothing({ agents, components = [] }: Topology, logger: Logger): void {
  if (agents.length > 0 || components.some(({ members }) => members.length > 0)) return;
  logger.warn('this worker has no agents and no timers: it will do nothing. Are the classes that have them listed in providers of @App?');
}
