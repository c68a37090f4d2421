import { type AskedState, mergeOptions } from '@weir/core/internal/app';
import { discover } from '@weir/core/internal/discovery';
import { type AppArguments, overridesOf } from '../../arguments/app-options.js';
import type { Surroundings } from '../../command.js';
import { describeApp } from '../../connect.js';
import { needApp } from '../../loading/load-app.js';
import { openLogger } from '../../printing/logger.js';

/** The tables of the app that is named. */
export async function askedState(given: AppArguments, around: Surroundings): Promise<AskedState> {
  const { shell } = around;
  const discovery = discover(await needApp(given, around));
  const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
  const { tables = [], globals = [] } = describeApp(discovery, app);
  const logger = openLogger(given, shell, 'warn');
  return { app, tables: [...tables.map(({ definition }) => definition), ...globals], clock: shell.clock, logger };
}
