import { basename } from 'node:path';
import { chdir } from 'node:process';
import { ConfigurationError, reason } from '@weir/core/internal/errors';
import type { Class } from '@weir/core/internal/metadata';
import type { GlobalArguments } from './arguments/global-options.js';
import { parseCommandLine } from './arguments/parser.js';
import type { Command, Surroundings } from './command.js';
import { done, exitCodeOf, failed, tell } from './failure.js';
import { isBeingLoaded } from './loading/loading.js';
import { supervisedAs } from './processes/worker-process.js';
import { processShell, type Shell } from './shell.js';
import { describeVersions } from './versions.js';

/**
 * Does what a command line says.
 * @param appClass the app of a file that is a command of its own (`main`): then there is no `--app`
 * @returns the exit code: 0 done, 1 failed, 2 a command line or an option that cannot be used; undefined when the file of `appClass` is just being
 * loaded by a command, which goes on
 */
export async function run(
  args: readonly string[],
  appClass?: Class,
  shell: Shell = processShell(scriptName(appClass)),
): Promise<number | undefined> {
  if (appClass !== undefined && isBeingLoaded(appClass)) return undefined;
  const awaited = shell.whenIdle(() => {
    shell.err.write(
      'error: nothing is left that could go on, and the command has not come to its end: it waits for a promise that nobody settles, in a module (top-level await), a factory, or a hook such as @OnStart\n',
    );
    return failed;
  });
  try {
    const parsed = await parseCommandLine(args, { shell, appClass });
    if (parsed.kind === 'text') shell.out.write(parsed.text);
    else if (parsed.kind === 'version') shell.out.write(`${await describeVersions()}\n`);
    else return await execute(parsed.command, parsed.given, { shell, appClass });
    return done;
  } catch (thrown) {
    return explain(thrown, shell, args.includes('--debug'));
  } finally {
    awaited();
  }
}

async function execute(command: Command, given: GlobalArguments, around: Surroundings): Promise<number> {
  if (given.workdir !== undefined) enter(given.workdir);
  return (await command.load()).run(given, around);
}

function enter(folder: string): void {
  try {
    chdir(folder);
  } catch (cause) {
    throw new ConfigurationError('--workdir', folder, `a directory (${reason(cause)})`, { cause });
  }
}

function explain(thrown: unknown, shell: Shell, debug: boolean): number {
  const { err, scriptName } = shell;
  tell(err, thrown, { debug, scriptName });
  return exitCodeOf(thrown, supervisedAs(shell) !== undefined);
}

function scriptName(appClass: Class | undefined): string {
  return appClass === undefined ? 'weir' : `node ${basename(process.argv[1] ?? 'app.js')}`;
}
