import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * A second process that outlives this one for a moment: when this one is gone, by whatever signal, it kills the brokers and
 * removes their data. It learns of the end because its standard input closes.
 */
export class Guard {
  #process;

  constructor(folder) {
    this.#process = spawn(process.execPath, [fileURLToPath(import.meta.url), folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#process.stdin.on('error', () => {});
    this.#process.unref();
    this.#process.stdin.unref?.();
  }

  watch(pid) {
    this.#process.stdin.write(`+${pid}\n`);
  }

  forget(pid) {
    this.#process.stdin.write(`-${pid}\n`);
  }

  /** Ends the guard; what it watched must have ended. */
  async release() {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.stdin.end();
    await exited;
  }

  /** Lets the guard kill and remove everything now. */
  abandon() {
    return this.release();
  }
}

async function watch(folder) {
  const pids = new Set();
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    for (const line of chunk.split('\n')) {
      if (line.startsWith('+')) pids.add(Number(line.slice(1)));
      if (line.startsWith('-')) pids.delete(Number(line.slice(1)));
    }
  }
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended already
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await watch(process.argv[2]);
