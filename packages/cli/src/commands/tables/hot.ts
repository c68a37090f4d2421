import { hotKeys, mergeOptions } from '@weir/core/internal/app';
import { discover } from '@weir/core/internal/discovery';
import { groupOf } from '@weir/core/internal/topology';
import { type AppArguments, overridesOf } from '../../arguments/app-options.js';
import type { Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { needApp } from '../../loading/load-app.js';
import { escapeControls } from '../../printing/show-bytes.js';
import { table } from '../../printing/table.js';

/** How many are shown to a person. */
const shownMax = 20;

/** `weir tables --hot`: which keys are in the way of others, as the workers of this machine have counted. No broker is asked. */
export async function listHot(given: AppArguments, around: Surroundings): Promise<number> {
  const { out, err, environment } = around.shell;
  const discovery = discover(await needApp(given, around));
  const app = mergeOptions(discovery.app, environment, overridesOf(given), discovery.tables.length > 0);
  const { workers, keys } = hotKeys(app.datadir, groupOf(app));
  if (given.json) {
    out.write(`${JSON.stringify({ workers: workers.map(dated), keys })}\n`);
    return done;
  }
  if (workers.length === 0) {
    err.write(`no worker of ${groupOf(app)} has counted anything in ${app.datadir}: run this where its workers run, with their datadir\n`);
    return failed;
  }
  const rows = keys.slice(0, shownMax).map((each) => [each.table, shown(each.key), each.overtaken, each.written]);
  out.write(table(out, ['table', 'key', 'overtaken', 'written'], rows));
  for (const { worker, since, at } of workers.map(dated)) out.write(`${worker}: ${since} to ${at}\n`);
  return done;
}

function shown(key: unknown): string {
  return typeof key === 'string' ? escapeControls(key) : JSON.stringify(key);
}

interface Counted {
  readonly worker: string;
  readonly since: number;
  readonly at: number;
}

function dated({ worker, since, at }: Counted): Record<'worker' | 'since' | 'at', string> {
  return { worker, since: new Date(since).toISOString(), at: new Date(at).toISOString() };
}
