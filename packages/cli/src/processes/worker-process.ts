import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Output, Shell } from '../shell.js';
import type { Ending, WorkerProcess } from './supervisor.js';

/** Tells a process which of the workers it is, counted from 1. */
const variable = 'WEIR_WORKER';
const lastWordsMs = 500;

/** Which of the supervised workers this process is; undefined when it is none. */
export function supervisedAs({ environment }: Shell): number | undefined {
  const { [variable]: number } = environment;
  return number === undefined || number === '' ? undefined : Number(number);
}

/**
 * Starts this command again as one of several workers. It has a process group of its own, so that Ctrl-C at the terminal reaches it through its
 * supervisor only, and stops by itself when that is gone.
 * @param log takes the lines of its log
 */
export function forkWorker(number: number, { out, environment }: Shell, log: Output): WorkerProcess {
  const [, script, ...args] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    env: { ...environment, [variable]: String(number) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const printed = Promise.all([passOn(child.stdout as Readable, out, number), passOn(child.stderr as Readable, log, number)]);
  return { pid: child.pid, ended: ending(child, printed), stop: () => child.kill('SIGTERM'), kill: () => child.kill('SIGKILL') };
}

async function ending(child: ChildProcess, printed: Promise<unknown>): Promise<Ending> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  // Something that it started may have its output open still.
  await Promise.race([printed, new Promise((resolve) => setTimeout(resolve, lastWordsMs).unref())]);
  return { code, signal };
}

/** Line by line, so that the lines of several stay whole. A line of the log names its worker already. */
async function passOn(lines: Readable, to: Output, number: number): Promise<void> {
  for await (const line of createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY }))
    to.write(line.startsWith('{') ? `${line}\n` : `${number} | ${line}\n`);
}
