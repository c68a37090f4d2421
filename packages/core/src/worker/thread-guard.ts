import { url as inspected } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { type Logger, pino } from 'pino';
import type { Begun, BegunEvents } from '../agents/index.js';
import { reason } from '../errors/index.js';

const beatMs = 500;
const tickMs = 1_000;
/** After so many ticks without a beat it is said that the thread is blocked. */
const saysAfter = 5;

/** What the other thread is given. */
interface Guarded extends BegunEvents {
  /** Counts up while this thread runs; the second says whether a debugger may have halted it. */
  readonly beats: Int32Array<SharedArrayBuffer>;
  /** Of the lanes, by their numbers; further ones are told. */
  readonly names: string[];
  readonly pid: number;
  /** Where the log goes. */
  readonly fd: number;
  readonly isSilent: boolean;
  readonly tickMs: number;
  readonly saysAfter: number;
  /** After so many ticks without a beat the process is ended. */
  readonly endsAfter: number;
}

export interface ThreadGuardParts {
  readonly begun: Begun;
  readonly logger: Logger;
  /** For how long the thread may be blocked, in milliseconds. */
  readonly limitMs: number;
}

/**
 * Watches this thread from another one: while a handler does not give it back, nobody here can say so, or hear a signal. It is said whose event has begun
 * last, and after `limitMs` the process is ended, which is then dealt with as any crash. A process that was halted was so with both its threads.
 */
export class ThreadGuard {
  readonly #thread: Worker;
  readonly #timer: NodeJS.Timeout;

  constructor({ begun, logger, limitMs }: ThreadGuardParts) {
    const beats = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const guarded: Guarded = {
      ...{ ...begun.events, names: begun.names, beats, tickMs, saysAfter },
      ...{ pid: process.pid, fd: descriptorOf(logger), isSilent: !logger.isLevelEnabled('error') },
      endsAfter: Math.max(saysAfter + 1, Math.ceil(limitMs / tickMs)),
    };
    // Its source travels as text: a bundler need not know of another file.
    this.#thread = new Worker(`(${guard})()`, {
      ...{ eval: true, workerData: guarded, execArgv: [], env: {}, name: 'weir-guard' },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.#thread.unref();
    this.#thread.on('error', (error) =>
      logger.warn({ error: reason(error) }, 'no other thread watches this one: a handler that blocks it is named only afterwards'),
    );
    begun.numbered = (name) => this.#thread.postMessage(name);
    const beat = () => {
      beats[0]++;
      beats[1] = inspected() === undefined ? 0 : 1;
    };
    beat();
    this.#timer = setInterval(beat, beatMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#thread.terminate();
  }
}

/** Where lines go that are written past the logger: to its file, or to standard error. */
function descriptorOf(logger: Logger): number {
  const stream = (logger as unknown as Record<symbol, { readonly fd?: unknown } | undefined>)[pino.symbols.streamSym];
  return typeof stream?.fd === 'number' ? stream.fd : 2;
}

/** What the other thread does. It reaches nothing around it. */
function guard(): void {
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const { writeSync } = process.getBuiltinModule('node:fs');
  const { names, beats, count, lanes, offsets, pid, fd, isSilent, tickMs, saysAfter, endsAfter } = workerData as Guarded;
  parentPort?.on('message', (name: string) => names.push(name));
  let seen = beats[0];
  let ticks = 0;

  function last(): string {
    const name = names[lanes[(count[0] + lanes.length - 1) % lanes.length]];
    return name === undefined
      ? ''
      : `. The last event that began was that of ${name}@${offsets[(count[0] + offsets.length - 1) % offsets.length]}`;
  }

  function say(level: number, msg: string): void {
    if (isSilent) return;
    try {
      writeSync(fd, `${JSON.stringify({ level, time: Date.now(), pid, msg })}\n`);
    } catch {
      // Nobody is there to hear it.
    }
  }

  setInterval(() => {
    const isBlocked = beats[0] === seen && beats[1] === 0;
    seen = beats[0];
    ticks = isBlocked ? ticks + 1 : 0;
    const blocked = `the thread has been blocked for ${(ticks * tickMs) / 1_000} s`;
    if (ticks === saysAfter) say(50, `${blocked}: no handler, timer or poll can run, nor does it hear a signal${last()}`);
    if (ticks < endsAfter) return;
    say(60, `${blocked}: the process is ended. A handler must give the thread back${last()}`);
    process.kill(pid, 'SIGKILL');
  }, tickMs);
}
