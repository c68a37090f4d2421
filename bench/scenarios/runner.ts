import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Contestant } from '../contestants/index.js';
import type { Job } from '../contestants/job.js';

const stopLimitMs = 20_000;
/** What Java ends with after a SIGTERM. */
const terminated = 143;
/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

/** What a process has used. Not a number where the system does not say (anything but Linux). */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
}

/** A contestant at work. */
export interface Running {
  /** Why it has ended although nobody told it to. */
  failure(): Error | undefined;
  usage(): Usage;
  /** @throws Error when it does not end in order */
  stop(): Promise<void>;
  /** As a machine that fails. */
  kill(): Promise<void>;
}

export function start({ name, command: [program, ...args] }: Contestant, job: Job): Running {
  const child = spawn(program, args, {
    env: { ...process.env, NODE_ENV: 'production', BENCH_JOB: JSON.stringify(job) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  let isEnded = false;
  const ended = once(child, 'close').finally(() => {
    isEnded = true;
  });
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  const failure = () => (isEnded ? new Error(`${name} has ended by itself\n${said}`) : undefined);
  return {
    failure,
    usage: () => usageOf(child.pid as number),
    async kill() {
      abandon();
      await ended;
      process.off('exit', abandon);
    },
    async stop() {
      const early = failure();
      if (early !== undefined) throw early;
      child.kill('SIGTERM');
      const limit = setTimeout(abandon, stopLimitMs);
      const [code, signal] = await ended;
      clearTimeout(limit);
      process.off('exit', abandon);
      if (code !== 0 && code !== terminated && signal !== 'SIGTERM')
        throw new Error(`${name} ended with ${signal ?? `code ${code}`}\n${said}`);
    },
  };
}

function usageOf(pid: number): Usage {
  try {
    // After the name in brackets: state is the first, user and system time are the twelfth and thirteenth.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { cpuSeconds, rssMb: megabytes('VmRSS'), peakRssMb: megabytes('VmHWM') };
  } catch {
    return { cpuSeconds: Number.NaN, rssMb: Number.NaN, peakRssMb: Number.NaN };
  }
}
