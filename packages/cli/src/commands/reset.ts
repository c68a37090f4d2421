import { type AppTraces, mergeOptions, mustBeIdle, removeTraces, tracesOf } from '@weir/core/internal/app';
import { discover } from '@weir/core/internal/discovery';
import { deadLetterTopic } from '@weir/core/internal/letters';
import { type AppArguments, overridesOf } from '../arguments/app-options.js';
import { UsageError } from '../arguments/usage.js';
import type { Runner, Surroundings } from '../command.js';
import { connected, describeApp } from '../connect.js';
import { done, failed } from '../failure.js';
import { needApp } from '../loading/load-app.js';
import type { Shell } from '../shell.js';

interface ResetArguments extends AppArguments {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `weir reset`: the app begins anew, as if it had never run. */
export const reset: Runner = {
  async run(given: ResetArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    const isAsked = given.dryRun !== true && given.yes !== true;
    if (isAsked && !shell.isInteractive)
      throw new UsageError('nobody can be asked here: say --yes to reset without being asked, or --dry-run');
    const appClass = await needApp(given, around);
    const discovery = discover(appClass);
    const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
    return connected(given, { ...around, appClass }, async ({ transport }) => {
      const traces = await tracesOf(describeApp(discovery, app), app, transport);
      if (given.dryRun === true) return report(given, shell, traces, false);
      mustBeIdle(traces);
      if (isEmpty(traces)) return report(given, shell, traces, true);
      if (isAsked && !(await ask(shell, traces, app.id))) return failed;
      await removeTraces(traces, transport);
      return report(given, shell, traces, true);
    });
  },
};

function isEmpty({ groupState, topics, folders }: AppTraces): boolean {
  return groupState === 'none' && topics.length === 0 && folders.length === 0;
}

function report({ json }: ResetArguments, shell: Shell, traces: AppTraces, isDone: boolean): number {
  const { group, groupState, topics, folders } = traces;
  if (json) shell.out.write(`${JSON.stringify({ group, state: groupState, topics, folders, deleted: isDone })}\n`);
  else if (isEmpty(traces)) shell.out.write(`nothing to delete: the app has no group ${group}, no topics and no stores here\n`);
  else shell.out.write(`${isDone ? 'deleted' : 'would delete'}:\n${listed(traces)}`);
  return done;
}

function listed({ group, groupState, topics, folders }: AppTraces): string {
  const lines = [
    ...(groupState === 'none' ? [] : [`group ${group} with its offsets${groupState === 'active' ? ' (not while it has members)' : ''}`]),
    ...topics.map((topic) => `topic ${topic}`),
    ...folders.map((folder) => `folder ${folder}`),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

async function ask(shell: Shell, traces: AppTraces, id: string): Promise<boolean> {
  const { err } = shell;
  err.write(`${listed(traces)}What the app reads and what it has sent stays, and so do its dead letters (${deadLetterTopic(id)}).\n`);
  err.write('delete this, and have the app read everything anew? [y/N] ');
  for await (const answer of shell.lines()) {
    if (/^y(es)?$/i.test(answer.trim())) return true;
    break;
  }
  err.write('nothing was deleted\n');
  return false;
}
