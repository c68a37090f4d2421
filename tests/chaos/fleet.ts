import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Guard } from '../../scripts/kafka/guard.mjs';
import { shutdownTimeoutMs } from './scene.js';
import type { WorkerSettings } from './worker.js';

const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
const restartMs = 1_000;
/** What may pass between the end of the time for stopping and the end of the process. */
const slackMs = 8_000;

/** How a worker came to its end. */
export interface Ended {
  readonly worker: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last words, where nobody asked for its end. */
  readonly last: string;
}

interface Running {
  readonly name: string;
  readonly log: string;
  readonly process: ChildProcess;
  readonly since: number;
  isHalted: boolean;
  /** What we do to it at the moment: its end is our doing. */
  expected: 'nothing' | 'stop' | 'kill';
}

export interface FleetOptions {
  readonly brokers: string;
  readonly settings: WorkerSettings;
  readonly isNamed: boolean;
  readonly max: number;
  readonly folder: string;
}

/** The workers, each a process, and a supervisor that starts again what has ended by itself. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #guard: Guard;
  readonly #running = new Map<string, Running>();
  /** Names of workers that shall run. */
  readonly #wanted = new Set<string>();
  #count = 0;
  #isOver = false;
  readonly endedByItself: Ended[] = [];
  readonly badStops: Ended[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    // Kills them when this process dies in any way; also those that are halted and cannot see it.
    this.#guard = new Guard(join(options.folder, 'nothing'));
  }

  /** Names of those that run and are not halted. */
  get awake(): string[] {
    return [...this.#running.values()].filter(({ isHalted, expected }) => !isHalted && expected === 'nothing').map(({ name }) => name);
  }

  get size(): number {
    return this.#wanted.size;
  }

  get startedInAll(): number {
    return this.#count;
  }

  /** When the one that has been awake for the longest was started; undefined while there is none. */
  get oldestSince(): number | undefined {
    const since = this.awake.map((name) => this.#running.get(name)?.since ?? 0);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  /** Starts one more, if there is room. */
  join(): string | undefined {
    const free = Array.from({ length: this.#options.max }, (_, index) => `w${index + 1}`).find(
      (name) => !this.#wanted.has(name) && !this.#running.has(name),
    );
    if (free === undefined) return undefined;
    this.#wanted.add(free);
    this.#start(free);
    return free;
  }

  /** SIGTERM; one that does not end in time, or not with 0, is noted. @param mayFail a broker is away, so that it cannot end well */
  async leave(name: string, mayFail: () => boolean): Promise<void> {
    this.#wanted.delete(name);
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.expected = 'stop';
    const couldFail = mayFail();
    const exited = once(running.process, 'exit');
    running.process.kill('SIGTERM');
    const inTime = await Promise.race([exited, sleep(shutdownTimeoutMs + slackMs, undefined, { ref: false })]);
    if (inTime === undefined) {
      this.badStops.push({
        worker: name,
        code: null,
        signal: `not ended ${shutdownTimeoutMs + slackMs} ms after SIGTERM`,
        last: lastOf(running),
      });
      running.process.kill('SIGKILL');
      await exited;
      return;
    }
    const [code, signal] = (await exited) as [number | null, string | null];
    // One that has not come to listening for signals ends at once, with nothing to finish.
    const hadNotBegun = signal === 'SIGTERM' && lastOf(running) === '';
    if (code !== 0 && !hadNotBegun && !couldFail && !mayFail()) this.badStops.push({ worker: name, code, signal, last: lastOf(running) });
  }

  /** SIGKILL, and a new start after a while. @param isWiped whether its disk is lost meanwhile */
  async kill(name: string, forMs: number, isWiped = false): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.expected = 'kill';
    const exited = once(running.process, 'exit');
    running.process.kill('SIGKILL');
    await exited;
    if (isWiped) rmSync(join(this.#datadirOf(name), 'stores'), { recursive: true, force: true });
    await sleep(forMs);
    if (this.#wanted.has(name) && !this.#isOver) this.#start(name);
  }

  #datadirOf(name: string): string {
    return join(this.#options.folder, `data-${name}`);
  }

  /** SIGSTOP, and SIGCONT after a while: a worker that does not know that time has passed. */
  async halt(name: string, forMs: number): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.process.kill('SIGSTOP');
    running.isHalted = true;
    await sleep(forMs);
    running.process.kill('SIGCONT');
    running.isHalted = false;
  }

  /** The last lines of every worker's log. */
  lastWords(): string {
    return [...this.#running.values()].map((running) => `--- ${running.name}\n${lastOf(running)}`).join('\n');
  }

  async stopAll(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#wanted].map((name) => this.leave(name, () => false)));
  }

  /** Whatever still runs is killed. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const running of this.#running.values()) {
      running.expected = 'kill';
      running.process.kill('SIGKILL');
    }
    await this.#guard.release();
    for (let at = 1; at <= this.#options.max; at++) rmSync(this.#datadirOf(`w${at}`), { recursive: true, force: true });
  }

  #start(name: string): void {
    const { brokers, settings, isNamed, folder } = this.#options;
    const path = join(folder, `${String(++this.#count).padStart(4, '0')}-${name}.log`);
    const log = openSync(path, 'a');
    const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', file, 'worker', '-l', 'info', '-q'], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...{ CHAOS: JSON.stringify(settings), WEIR_BROKER: `kafka://${brokers}`, WEIR_DATADIR: this.#datadirOf(name) },
        ...(isNamed && { WEIR_MEMBER: name }),
      },
    });
    closeSync(log);
    const running: Running = { name, log: path, process: child, since: Date.now(), isHalted: false, expected: 'nothing' };
    this.#running.set(name, running);
    if (child.pid !== undefined) this.#guard.watch(child.pid);
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) this.#guard.forget(child.pid);
      this.#running.delete(name);
      if (running.expected !== 'nothing') return;
      this.endedByItself.push({ worker: name, code, signal, last: lastOf(running) });
      setTimeout(() => {
        if (this.#wanted.has(name) && !this.#running.has(name) && !this.#isOver) this.#start(name);
      }, restartMs);
    });
  }
}

function lastOf({ log }: Running): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-6).join('\n');
}
