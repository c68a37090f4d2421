import { type AppTraces, mustBeIdle, removeTraces } from '@weir/core/internal/app';
import type { Transport } from '@weir/core/internal/transport';
import { agreed } from '../agreed.js';
import type { AppArguments } from '../arguments/app-options.js';
import { UsageError } from '../arguments/usage.js';
import { done, failed } from '../failure.js';
import type { Shell } from '../shell.js';

/** What a command is given that deletes what apps have left. */
export interface DeletingArguments extends AppArguments {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What it says. */
export interface Sentences {
  /** Where there is nothing. */
  readonly nothing: string;
  /** Before it asks. */
  readonly stays: string;
  readonly question: string;
}

/** Whether somebody is asked first. @throws UsageError where nobody can be */
export function isAsked({ dryRun, yes }: DeletingArguments, { isInteractive }: Shell): boolean {
  if (dryRun === true || yes === true) return false;
  if (isInteractive) return true;
  throw new UsageError('nobody can be asked here: say --yes to delete without being asked, or --dry-run');
}

/** Deletes what was found, or only lists it. @throws StateError `GROUP_ACTIVE` before anything is deleted */
export async function deleteTraces(
  given: DeletingArguments,
  shell: Shell,
  found: readonly AppTraces[],
  transport: Pick<Transport, 'admin'>,
  sentences: Sentences,
): Promise<number> {
  const left = found.filter((traces) => !isEmpty(traces));
  const report = (isDeleted: boolean) => {
    if (given.json) shell.out.write(found.map((traces) => `${JSON.stringify(plain(traces, isDeleted))}\n`).join(''));
    else if (left.length === 0) shell.out.write(`${sentences.nothing}\n`);
    else shell.out.write(`${isDeleted ? 'deleted' : 'would delete'}:\n${left.map(listed).join('')}`);
    return done;
  };
  if (given.dryRun === true) return report(false);
  for (const traces of found) mustBeIdle(traces);
  if (left.length === 0) return report(true);
  if (isAsked(given, shell) && !(await ask(shell, left, sentences))) return failed;
  for (const traces of left) await removeTraces(traces, transport);
  return report(true);
}

function isEmpty({ groupState, topics, folders }: AppTraces): boolean {
  return groupState === 'none' && topics.length === 0 && folders.length === 0;
}

function plain({ group, groupState, topics, folders }: AppTraces, isDeleted: boolean) {
  return { group, state: groupState, topics, folders, deleted: isDeleted };
}

function listed({ group, groupState, topics, folders }: AppTraces): string {
  const lines = [
    ...(groupState === 'none' ? [] : [`group ${group} with its offsets${groupState === 'active' ? ' (not while it has members)' : ''}`]),
    ...topics.map((topic) => `topic ${topic}`),
    ...folders.map((folder) => `folder ${folder}`),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

async function ask(shell: Shell, traces: readonly AppTraces[], { stays, question }: Sentences): Promise<boolean> {
  const { err } = shell;
  err.write(`${traces.map(listed).join('')}${stays}\n`);
  if (await agreed(shell, question)) return true;
  err.write('nothing was deleted\n');
  return false;
}
