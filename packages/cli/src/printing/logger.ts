import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { errorSerializer } from '@weir/core/internal/app';
import { ConfigurationError, reason } from '@weir/core/internal/errors';
import { type Logger, pino } from 'pino';
import { fromEnvironment, type GlobalArguments, type Level, levelOf } from '../arguments/global-options.js';
import { supervisedAs } from '../processes/worker-process.js';
import type { Output, Shell } from '../shell.js';

/**
 * The log of a command: for people on a terminal, JSON lines in a file or a pipe.
 * @param standard the level when nobody says one
 */
export function openLogger(given: GlobalArguments, shell: Shell, standard: Level = 'warn'): Logger {
  const { err, environment } = shell;
  const number = supervisedAs(shell);
  const options = {
    level: levelOf(given, environment, standard),
    base: { pid: process.pid, ...(number !== undefined && { worker: number }) },
    serializers: { err: errorSerializer(given.debug === true) },
  };
  const file = logfileOf(given, environment);
  if (file !== undefined) return pino(options, pino.destination({ fd: openFile(file), sync: true }));
  if (!err.isTerminal) return pino(options, err);
  return pino(options, prettily(err, given.noColor !== true && !environment.NO_COLOR));
}

/** The log of a worker: that of its app, at the level that the user says; its own where the app has none, or the user names a file. */
export function openWorkerLogger(declared: Logger | undefined, given: GlobalArguments, shell: Shell): Logger {
  const { environment } = shell;
  if (declared === undefined || logfileOf(given, environment) !== undefined) return openLogger(given, shell);
  const number = supervisedAs(shell);
  return declared.child(number === undefined ? {} : { worker: number }, { level: levelOf(given, environment, declared.level as Level) });
}

/** Where the log lines of other processes go: to people as our own do. */
export function logOutput(given: GlobalArguments, { err, environment }: Shell): Output {
  if (!err.isTerminal) return err;
  const pretty = prettily(err, given.noColor !== true && !environment.NO_COLOR);
  return { ...err, write: (line) => (line.startsWith('{') ? pretty.write(line) : err.write(line)) };
}

/** Where the log goes and from which level on, for the banner. */
export function describeLog(given: GlobalArguments, { environment }: Shell, declared?: Logger): string {
  const file = logfileOf(given, environment);
  if (file === undefined && declared !== undefined) return `the app's logger (${levelOf(given, environment, declared.level as Level)})`;
  return `${file ?? 'stderr'} (${levelOf(given, environment)})`;
}

function logfileOf(given: GlobalArguments, environment: Shell['environment']): string | undefined {
  return fromEnvironment(given.logfile, environment, 'WEIR_LOGFILE');
}

function openFile(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (cause) {
    throw new ConfigurationError('--logfile', path, `a file that can be written (${reason(cause)})`, { cause });
  }
}

const load = createRequire(import.meta.url);

/** Written at once, line by line: nothing is lost when the process ends. What makes lines pretty is loaded for a terminal only. */
function prettily(err: Output, colorize: boolean): { write(line: string): void } {
  const { prettyFactory } = load('pino-pretty') as typeof import('pino-pretty');
  const pretty = prettyFactory({ colorize, ignore: 'pid', singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  return { write: (line) => void err.write(pretty(line)) };
}
