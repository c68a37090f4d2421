import { mergeOptions, resolveOptions } from '@weir/core/internal/app';
import { schemaName } from '@weir/core/internal/definitions';
import { discover } from '@weir/core/internal/discovery';
import { withoutCredentials } from '@weir/core/internal/errors';
import type { RecoveryOptions } from '@weir/core/internal/topology';
import { settingsOf } from '@weir/core/internal/worker';
import { type AppArguments, overridesOf } from '../arguments/app-options.js';
import type { Runner, Surroundings } from '../command.js';
import { warnOfVariables } from '../connect.js';
import { done } from '../failure.js';
import { needApp } from '../loading/load-app.js';
import { table } from '../printing/table.js';

/** As it may be shown to anybody: the address of a broker without credentials, which no broker takes there anyway. */
function shown(option: string, value: unknown): unknown {
  if (option === 'codec') return schemaName(value as never);
  if (option === 'recovery') return (value as RecoveryOptions | undefined)?.bytesPerSecond;
  return typeof value === 'string' ? withoutCredentials(value) : value;
}

/** `weir config`: what holds, and who said so. */
export const config: Runner = {
  async run(given: AppArguments, around: Surroundings): Promise<number> {
    const { out, environment } = around.shell;
    warnOfVariables(given, around);
    const { app, tables } = discover(await needApp(given, around));
    const overrides = overridesOf(given);
    const hasTables = tables.length > 0;
    settingsOf(mergeOptions(app, environment, overrides, hasTables));
    const rows = resolveOptions(app, environment, overrides, hasTables).map(({ option, value, origin, variable }) => ({
      option,
      value: shown(option, value),
      origin,
      variable,
    }));
    if (given.json) out.write(`${JSON.stringify(rows)}\n`);
    else
      out.write(
        table(
          out,
          ['option', 'value', 'from', 'variable'],
          rows.map((row) => [row.option, String(row.value), row.origin, row.variable]),
        ),
      );
    return done;
  },
};
